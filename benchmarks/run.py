"""Run every benchmark, with the machine and the versions above the tables."""

import platform

import bench_start_up
import bench_training_step
import numba
import numpy as np
import scipy
import sklearn

import skgru


def main():
    """Print all tables."""
    print(f"Python {platform.python_version()} on {platform.machine()}")
    for package in (skgru, sklearn, numba, np, scipy):
        print(package.__name__, package.__version__)
    for benchmark in (bench_start_up, bench_training_step):
        print(f"\n{benchmark.__doc__}")
        benchmark.main()


if __name__ == "__main__":
    main()
