"""Price books out of published price lists: fetched, merged, compared."""
