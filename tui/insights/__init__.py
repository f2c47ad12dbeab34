"""CloudWatch Logs Insights: the query language, what is wrong with a query, and a local engine."""
