"""What is known about the outside world, as data: SDKs, prices, tokenizers; and the small loaders for it."""
