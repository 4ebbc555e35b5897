"""Many reports as one portfolio: a store of Parquet files that DuckDB reads, and what it says."""
