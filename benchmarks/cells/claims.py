"""What the tutorial *GRU networks in R* says of the cells, beside what was measured.

Each function is one line of the tutorial. It returns what was measured, in words, and
whether the line holds, by the rule in its docstring; or None without the fits it needs.
"""

import numpy as np
from cells import summary
from cells.models import AS_MANY_PARAMETERS, GRU, LSTM, OF_KERAS, RNN

HOLDS, FAILS, DEPENDS = "holds", "does not hold", "depends"
# Less than this says nothing about times or about overfitting.
MARGIN = 1.05
# A gradient has vanished if so little of it is left so many steps back.
VANISHED, STEPS_BACK = 0.01, "50"


def of_all(answers):
    """Holds if it does everywhere, depends if it does somewhere."""
    return HOLDS if all(answers) else DEPENDS if any(answers) else FAILS


def counted(results, cell):
    """Counts of a cell at the same units, or None."""
    lines = results.get("counts", {}).get("", {}).get(cell)
    return lines[0]["counts"]["same units"] if lines else None


def gates(results):
    """Holds if there are two gates and three."""
    gru, lstm = (counted(results, cell) for cell in (GRU, LSTM))
    if not (gru and lstm):
        return None
    n_gru, n_lstm = len(gru["gates"]), len(lstm["gates"])
    words = f"{', '.join(gru['gates'])}; {', '.join(lstm['gates'])}"
    return f"{n_gru} ({words.replace('; ', f') and {n_lstm} (')})", of_all(
        [(n_gru, n_lstm) == (2, 3)]
    )


def memory_cell(results):
    """Holds if the LSTM carries a state more than the GRU."""
    gru, lstm = (counted(results, cell) for cell in (GRU, LSTM))
    if not (gru and lstm):
        return None
    words = f"GRU carries {', '.join(gru['states'])}; LSTM {', '.join(lstm['states'])}"
    return words, of_all([len(gru["states"]) < len(lstm["states"])])


def parameters(results):
    """Holds if the GRU has fewer at the same units."""
    gru, lstm = (counted(results, cell) for cell in (GRU, LSTM))
    if not (gru and lstm):
        return None
    share = 1 - gru["parameters"] / lstm["parameters"]
    words = f"{gru['parameters']:,} against {lstm['parameters']:,} with {gru['units']} "
    return f"{words} units: {share:.0%} fewer".replace("  ", " "), of_all([share > 0])


def faster(results):
    """Holds if an epoch of the LSTM takes longer, by the margin, in all that was timed.

    Not held against it: that at the same number of parameters both take about as long.
    """
    ratios = {
        key: np.median(cells[LSTM]["epoch"]) / np.median(cells[GRU]["epoch"])
        for key, cells in summary.times(results).items()
    }
    if not ratios:
        return None
    words = []
    for library in dict.fromkeys(key[0] for key in ratios):
        of_library = [ratio for key, ratio in ratios.items() if key[0] == library]
        words.append(f"{library}: {min(of_library):.2f} to {max(of_library):.2f}")
    words = "; ".join(words)
    return f"time of the LSTM's epoch divided by the GRU's: {words}", of_all(
        [ratio > MARGIN for ratio in ratios.values()]
    )


def overfitting(results):
    """Holds if the LSTM's geometric mean is larger, by the margin, in both errors.

    These are the test error of a long training that nothing ends, and the same divided
    by that of the defaults.
    """
    found = summary.overfits(results)
    ratios = {}
    for by_model in found.values():
        for name in by_model.get(GRU, {}).keys() - {"training"}:
            if name in by_model.get(LSTM, {}):
                gru, lstm = (np.median(by_model[c][name]) for c in (GRU, LSTM))
                ratios.setdefault(name, []).append(lstm / gru)
    if not ratios:
        return None
    means = {name: summary.geometric_mean(of) for name, of in ratios.items()}
    words = "; ".join(f"{name}: {means[name]:.2f}" for name in sorted(means))
    words = f"the LSTM's errors divided by the GRU's, on {len(found)} sets: {words}"
    return words, of_all([mean > MARGIN for mean in means.values()])


def memory(results):
    """Holds if the LSTM is better more often than the GRU, with both kinds of weights.

    Counted are lengths of the memory tasks on which medians differ by more than the
    spread, and by a twentieth of the way from a guess to the best.
    """
    words, answers = [], []
    for end, name in (("", "default first weights"), (OF_KERAS, "Keras's")):
        lstm, gru, n_all = summary.wins(results, LSTM + end, GRU + end)
        if n_all:
            words.append(f"{name}: LSTM on {lstm}, GRU on {gru} of {n_all}")
            answers.append(lstm > gru)
    if not answers:
        return None
    return f"better on memory tasks, {'; '.join(words)}", of_all(answers)


def vanishing(results):
    """Holds if hardly any gradient is left 50 steps back, before and after training."""
    (by_model,) = results.get("gradients", {"": {}}).values()
    if RNN not in by_model:
        return None
    words, answers = [], []
    for when in ("before", "after"):
        norms = {
            cell: np.median(summary.values(by_model[cell], when, STEPS_BACK))
            for cell in (RNN, GRU, LSTM)
            if cell in by_model
        }
        of_cells = ", ".join(f"{cell} {norm:.2g}" for cell, norm in norms.items())
        words.append(f"{when} training {of_cells}")
        answers.append(norms[RNN] < VANISHED)
    return f"{STEPS_BACK} steps back: {'; '.join(words)}", of_all(answers)


def better_somewhere(results):
    """Holds if the LSTM's error is lower, by more than the spread, on some data set.

    Asked at the same units, and at the same number of parameters.
    """
    errors, words, answers = summary.errors(results), [], []
    for model in (LSTM, LSTM + AS_MANY_PARAMETERS):
        pairs = [(row[model], row[GRU]) for row in errors.values() if model in row]
        if pairs:
            better = sum(summary.is_less(lstm, gru) for lstm, gru in pairs)
            worse = sum(summary.is_less(gru, lstm) for lstm, gru in pairs)
            words.append(f"{model}: better on {better}, worse on {worse}")
            answers.append(better > 0)
    if not answers:
        return None
    return f"{'; '.join(words)} of {len(errors)}", of_all(answers)


CLAIMS = {
    "A GRU has two gates, an LSTM three": gates,
    "A GRU has no memory cell": memory_cell,
    "A GRU has fewer parameters": parameters,
    "A GRU trains faster": faster,
    "A GRU overfits less on small data": overfitting,
    "A GRU remembers somewhat less over long spans": memory,
    "The gradients of a traditional RNN vanish": vanishing,
    "An LSTM may give better results on some data sets": better_somewhere,
}


def table(results):
    """Heads and rows: what is said, what was measured, whether it holds."""
    rows = []
    for said, ask in CLAIMS.items():
        answer = ask(results)
        rows.append([said, *(answer or ("not measured", ""))])
    return ["the tutorial says", "measured", ""], rows
