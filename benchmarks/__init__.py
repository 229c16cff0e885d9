"""What wxdist costs, beside what its work costs anyway and beside another client."""
