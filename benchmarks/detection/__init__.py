"""Finds lasting changes in an endpoint's benchmark runs: no Django, no clock.

`detect.detect` takes the runs of one series in order of time and returns its changes.

Own code, because no kept library decides online at a stated rate of false alarms, from
a noise that is not known: apache-otava (Apache-2.0) and ruptures (BSD-2) look back over
a whole series and rewrite what they found, and otava pins numpy 2.2 and brings a
BigQuery client; river (BSD-3) asks for the threshold in units of the figure. The bench
runs otava beside ours.
"""
