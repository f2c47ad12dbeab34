"""The one door to AWS: credentials, clients, the read-only guard, the call meter and the clock.

boto3 is imported when a session is opened, never with this module: the first frame must not wait for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from config.schema import Config
from tui import __version__
from tui.domain.clock import Clock
from tui.domain.errors import SourceError
from tui.domain.snapshots import Identity
from tui.sources import fastevents, guard, profiles
from tui.sources.calls import CallMeter, WireTap
from tui.sources.errors import translate
from tui.sources.profiles import Renewal
from widgets.text import one_line

SERVICES: Final = ("sts", "cloudwatch", "ecs", "elbv2", "rds", "logs", "cloudtrail")
"""Clients made by `open`, in the order in which the console wants them."""

CONNECT_TIMEOUT_S: Final = 5
READ_TIMEOUT_S: Final = 15
ATTEMPTS: Final = 3
"""Requests per call, the first included; but see `SENT_ONCE`."""

SENT_ONCE: Final = frozenset({"filter_log_events"})
"""Methods whose callers try again themselves: a request that the SDK repeats unseen, while the service
throttles, would escape the rate that they keep."""

_POOL = 20
_AWS_DOMAINS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
)


def import_sdk() -> None:
    """Import the AWS SDK, which takes a while: ahead of need, in a thread."""
    import boto3  # noqa: F401
    import botocore.session  # noqa: F401


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """Keys given by the program itself (the sandbox), so that no profile or environment is looked at."""

    access_key: str
    secret_key: str = field(repr=False)


class AwsSession:
    """Clients for one profile and Region, made one at a time and shared by all threads.

    Args:
        config: Region, profile, account and endpoint.
        clock: Corrected by the `Date` header of the answers.
        meter: Told of every request sent.
        allow_writes: Let the write list pass besides the read list.
        keys: Use these instead of the machine's credentials.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        meter: CallMeter | None = None,
        *,
        allow_writes: bool = False,
        keys: StaticKeys | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._tap = WireTap(clock, meter)
        self._allow_writes = allow_writes
        self._keys = keys
        self._lock = threading.RLock()
        self._boto: Any = None
        self._clients: dict[tuple[str, int], Any] = {}

    @property
    def skew_s(self) -> float:
        """The endpoint's clock minus this machine's, seconds, as far as it was noticed."""
        return self._clock.skew_s

    @property
    def profile(self) -> str | None:
        """The profile in use, None for the default chain."""
        return self._config.profile

    @property
    def keys(self) -> StaticKeys | None:
        """Keys that the program itself gave; None for the machine's credentials."""
        return self._keys

    @property
    def has_own_keys(self) -> bool:
        """Whether the program itself gave the keys, so that no profile plays a part."""
        return self._keys is not None

    @property
    def renewal(self) -> Renewal:
        """How expired credentials of this session are renewed."""
        if self._keys is not None:
            return Renewal("keys", (), "Start cwtop again.")
        return profiles.renewal(self._config.profile)

    def needs_terminal(self) -> bool:
        """Return whether `resolve_credentials` may prompt and so must run before drawing."""
        return self._keys is None and profiles.needs_terminal(self._config.profile)

    def resolve_credentials(self) -> None:
        """Obtain credentials now; an MFA prompt appears on the plain terminal.

        Raises:
            SourceError: There are none, or they cannot be renewed.
        """
        try:
            with self._lock:
                credentials = self._session().get_credentials()
            if credentials is None:
                from botocore.exceptions import NoCredentialsError

                raise NoCredentialsError
            credentials.get_frozen_credentials()
        except Exception as error:
            raise self._translated(error, "sts", "GetCallerIdentity") from error

    def open(self) -> None:
        """Make all clients, one after the other in the calling thread.

        Raises:
            SourceError: The profile does not exist, or no Region is set.
        """
        for service in SERVICES:
            self.client(service)

    def client(self, service: str) -> Any:
        """Return the client of a service, made on first use.

        Making two clients at once from one session is not safe; using one from many threads is.

        Raises:
            SourceError: The profile does not exist, or no Region is set.
        """
        return self._client(service, ATTEMPTS)

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation and return its response.

        Args:
            service: botocore's service name, for example "ecs".
            method: The client's method, for example "describe_services".
            **params: The operation's parameters.

        Raises:
            SourceError: Anything that goes wrong, in words.
        """
        client = self._client(service, 1 if method in SENT_ONCE else ATTEMPTS)
        operation = client.meta.method_to_api_mapping.get(method, method)
        try:
            response: dict[str, Any] = getattr(client, method)(**params)
        except Exception as error:
            raise self._translated(error, service, operation) from error
        return response

    def rebuild(self) -> None:
        """Start over with fresh credentials and clients, swapped whole: after a new login.

        Calls that run keep their old client and end by themselves.

        Raises:
            SourceError: As `open`.
        """
        with self._lock:
            self._boto = None
            self._clients = {}
            self.open()

    def close(self) -> None:
        """Close the connections of all clients; for commands that end while the process goes on."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def identity(self) -> Identity:
        """Return who asks, and where.

        Raises:
            SourceError: The credentials are missing or refused, or STS cannot be reached.
        """
        found = self.call("sts", "get_caller_identity")
        return Identity(
            account=one_line(str(found.get("Account", ""))),
            arn=one_line(str(found.get("Arn", ""))),
            region=one_line(self.region()),
            profile=self._config.profile,
            endpoint_url=self.endpoint_url(),
            expected_account=self._config.account,
        )

    def database_token(self, host: str, port: int, user: str) -> str:
        """Return an RDS authentication token, a password for 15 minutes; signed here, no call is made.

        Raises:
            SourceError: No credentials, or no Region.
        """
        client = self.client("rds")
        try:
            token = client.generate_db_auth_token(host, port, user, Region=self.region())
        except Exception as error:
            raise self._translated(error, "rds", "generate_db_auth_token") from error
        return str(token)

    def region(self) -> str:
        """Return the Region in use.

        Raises:
            SourceError: None is set.
        """
        return str(self.client("cloudwatch").meta.region_name)

    def endpoint_url(self) -> str | None:
        """Return the endpoint if it is not one of AWS's own, however it was set, else None.

        Raises:
            SourceError: As `client`.
        """
        url = self._config.endpoint_url or str(self.client("cloudwatch").meta.endpoint_url)
        host = urlsplit(url).hostname or ""
        return None if host.endswith(_AWS_DOMAINS) else one_line(url)

    def _client(self, service: str, attempts: int) -> Any:
        """Return the client of a service that sends a request so many times at most."""
        key = service, attempts
        found = self._clients.get(key)
        if found is not None:
            return found
        with self._lock:
            if key not in self._clients:
                try:
                    self._clients[key] = self._make_client(service, attempts)
                except Exception as error:
                    raise self._translated(error, service, "session") from error
            return self._clients[key]

    def _session(self) -> Any:
        if self._boto is None:
            import boto3
            import botocore.session

            core = botocore.session.Session(profile=None if self._keys else _named(self._config.profile))
            if self._keys is not None:
                _ignore_profiles(core)
            emitter = core.get_component("event_emitter")
            guard.attach(emitter, allow_writes=self._allow_writes)
            self._tap.attach(emitter)
            fastevents.attach(emitter)
            # boto3 does not read AWS_REGION; the other SDKs do.
            region = self._config.region or core.get_config_variable("region") or os.environ.get("AWS_REGION")
            self._boto = boto3.Session(
                aws_access_key_id=self._keys.access_key if self._keys else None,
                aws_secret_access_key=self._keys.secret_key if self._keys else None,
                region_name=region,
                botocore_session=core,
            )
        return self._boto

    def _make_client(self, service: str, attempts: int) -> Any:
        from botocore.config import Config as BotoConfig

        options: dict[str, Any] = {
            "retries": {"mode": "standard", "total_max_attempts": attempts},
            "connect_timeout": CONNECT_TIMEOUT_S,
            "read_timeout": READ_TIMEOUT_S,
            "max_pool_connections": _POOL,
            "tcp_keepalive": True,
            "user_agent_extra": f"cwtop/{__version__}",
        }
        endpoint = self._config.endpoint_url
        if endpoint or _endpoint_from_environment(service):
            # Otherwise Live Tail would ask for a host such as stream-127.0.0.1.
            options["inject_host_prefix"] = False
        if endpoint and urlsplit(endpoint).hostname in ("127.0.0.1", "localhost", "::1"):
            options["proxies"] = {}
        return self._session().client(service, endpoint_url=endpoint, config=BotoConfig(**options))

    def _translated(self, error: Exception, service: str, operation: str) -> SourceError:
        return translate(error, service=service, operation=operation, profile=self._config.profile)


def _named(profile: str | None) -> str | None:
    """Return the profile if the user named it; one from the environment is left to the SDK.

    To the SDK a named profile shuts out keys in the environment, while AWS_PROFILE does not.
    """
    return (
        None if profile in (os.environ.get("AWS_PROFILE"), os.environ.get("AWS_DEFAULT_PROFILE")) else profile
    )


def _ignore_profiles(core: Any) -> None:
    """Keep a botocore session away from the machine's profiles: they may name production."""
    from botocore.configprovider import ConstantProvider

    store = core.get_component("config_store")
    for name in ("profile", "config_file", "credentials_file"):
        store.set_config_provider(name, ConstantProvider(None if name == "profile" else os.devnull))


def _endpoint_from_environment(service: str, env: Mapping[str, str] | None = None) -> bool:
    env = os.environ if env is None else env
    if env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return False
    names = {"logs": "CLOUDWATCH_LOGS", "elbv2": "ELASTIC_LOAD_BALANCING_V2"}
    name = names.get(service, service.upper().replace("-", "_"))
    return bool(env.get("AWS_ENDPOINT_URL") or env.get(f"AWS_ENDPOINT_URL_{name}"))
