"""The query language of CloudWatch Logs Insights."""
