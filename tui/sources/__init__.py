"""The only place with boto3 and psycopg."""
