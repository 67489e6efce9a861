"""Files that come in part by part: begun, gone on with after whatever broke, verified, handed over as batches."""
