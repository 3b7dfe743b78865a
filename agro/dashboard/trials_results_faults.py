"""Why an analysis cannot be made, in the page's language.

The science speaks English to whoever calls it; here each of its refusals has its words. One that
has none yet is told as what can be done about it, never in another language.
"""

import re

from agro.words import Words

# What `models.trials` says, and the key of the words for it.
_KNOWN = (
    (r"no plot has a value of", "no_values"),
    (r"(?P<plots>\d+) plots have a value: nothing can be judged", "too_few"),
    (r"(?P<plots>\d+) plots have a value and the model has (?P<least>\d+)", "too_few_for_model"),
    (r"a mixed model needs more plots than fixed coefficients", "too_few_for_this"),
    (r"every plot has the same value, (?P<value>\S+):", "all_alike"),
    (r"dunnett (?:compares|needs)", "needs_control"),
    (r"no treatment has a level (?P<level>.+): name", "no_such_control"),
    (r"a spatial analysis is for treatments on single plots", "spatial_single_plots"),
    (r"a spatial analysis needs rows and columns", "spatial_places"),
    (r"spatial analysis holds (?P<most>\d+) plots at most", "spatial_too_many"),
    (r"contrast (?P<contrast>'.*?'|\".*?\"): its weights must sum to 0", "contrast_sum"),
    (r"contrast (?P<contrast>'.*?'|\".*?\"): '(?P<level>.*?)' is no level of", "contrast_level"),
    (r"contrast (?P<contrast>'.*?'|\".*?\"): '(?P<level>.*?)' is on both sides", "contrast_both"),
    (r"contrast (?P<contrast>'.*?'|\".*?\")", "contrast_form"),
    (r"correlation over time holds (?P<most>\d+) plots at most", "correlation_too_many"),
    (r"(?P<factor>.+) is not quantitative: '(?P<level>.*?)' is no number", "not_doses"),
    (r"(?P<factor>.+) has the same dose in two spellings", "dose_twice"),
    (r"\w+ is not defined for (?P<value>\S+) ", "scale_undefined"),
    (r"is for shares between 0 and 1: (?P<value>\S+);", "scale_shares"),
    (r"response must be positive", "scale_positive"),
    (r"no power can be found", "no_power"),
    (r"dose must have (?P<least>\d+) levels", "few_doses"),
)


def refusal(words: Words, error: ValueError) -> str:
    """Why, and what to do."""
    said = str(error)
    for pattern, key in _KNOWN:
        found = re.search(pattern, said)
        if found:
            return words.t(f"trial_results.impossible.{key}", **found.groupdict())
    return words.t("trial_results.impossible.other")
