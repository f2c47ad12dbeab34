"""What is wrong with queries that are well formed. Each rule names its source in AWS's documentation."""
