"""How long python-zeroconf takes to read and to write messages, for ../mdns-codec.js.

In: {"rounds", "roundMs", "messages": [hex]}. Out: {"reads": [ns], "writes": [ns]}, the medians, for one message each.
"""

import json
import statistics
import sys
import time

from zeroconf import DNSIncoming, DNSOutgoing


def answers_of(message):
    """A list in older versions, a function in newer ones."""
    return message.answers() if callable(message.answers) else message.answers


def reads(data):
    def job():
        answers_of(DNSIncoming(data))

    return job


def writes(data):
    message = DNSIncoming(data)
    questions, answers = message.questions, answers_of(message)

    def job():
        out = DNSOutgoing(message.flags)
        for question in questions:
            out.add_question(question)
        for answer in answers:
            out.add_answer_at_time(answer, 0)
        out.packets()

    return job


def measure(job, rounds, round_ms):
    loops, taken = 8, 0
    while taken < round_ms * 1e6 / 2:
        loops *= 2
        taken = timed(job, loops)
    return statistics.median(timed(job, loops) / loops for _ in range(rounds))


def timed(job, loops):
    began = time.perf_counter_ns()
    for _ in range(loops):
        job()
    return time.perf_counter_ns() - began


order = json.load(sys.stdin)
effort = (order["rounds"], order["roundMs"])
messages = [bytes.fromhex(message) for message in order["messages"]]
result = {kind.__name__: [measure(kind(message), *effort) for message in messages] for kind in (reads, writes)}
json.dump(result, sys.stdout)
