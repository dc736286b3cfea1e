"""What kernels are written in: compiling, memory, threads, products, functions."""
