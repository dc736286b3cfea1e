"""What kernels are built from: compilation, views, threads, products, functions."""
