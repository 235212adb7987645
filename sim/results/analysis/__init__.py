"""One file a table or method: each takes `Results` and returns a DataFrame; nothing here prints or draws."""
