"""What training tells while it runs."""

import sys


def report_compiling():
    """Write that kernels are being compiled."""
    sys.stdout.write(
        "compiling: some seconds, once for this kind of network and precision\n"
    )
    sys.stdout.flush()


def report_epoch(epoch, number, n_epochs):
    """Write one line about an epoch to standard output.

    Parameters
    ----------
    epoch : skgru._training.Epoch
    number : int
        From 1.
    n_epochs : int
        How many there will be at most.
    """
    width = len(str(n_epochs))
    parts = [f"epoch {number:>{width}}/{n_epochs}", f"loss {epoch.loss:<10.4g}"]
    if epoch.validation_loss is not None:
        parts.append(f"validation loss {epoch.validation_loss:<10.4g}")
    parts.append(f"{epoch.seconds:.2g} s")
    sys.stdout.write("  ".join(parts) + "\n")
