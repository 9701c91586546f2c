"""What log-loss can say about voices, claims and simulators, and how sure one may be of it.

In: prompts, claims, lines of a record, and a simulator that can score. Out: numbers in nats, each an `Estimate` with
its interval and its rounding error. Log-loss is a proper scoring rule, so a difference of two log-probabilities is the
simulator's own belief, honestly told; it says nothing of whether that belief is right. This room writes no files.

In reading order: `bootstrap` (how sure), `documents` (what is scored), `information` (how far voices differ), `overlap`
(what notes tell of their stretch, and share), `stance` (yes or no to a claim), `siblings` (two simulators), `reports`
(all of these as a record and a figure), `grounding` (a claim and its lines); `likelihood` (two passages, by a
simulator), `sameness` (by words alone), `calibration` (probabilities from either).
"""
