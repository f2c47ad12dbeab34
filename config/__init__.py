"""What is watched and how it is judged: headless, importable without Textual, boto3 or psycopg."""
