"""A process of a contender.

    run.py install NAME HOST USER DATABASE
    run.py fill NAME HOST USER DATABASE TASKS
    run.py work NAME HOST USER DATABASE NUMBER JOURNAL PROCESSES BATCH
    run.py produce NAME HOST USER DATABASE RATE SECONDS FIRST REPORT
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from contenders import ALL
from contenders.base import Journal, Place, Setting


def produce(contender, place: Place, rate: float, seconds: float, first: int, report: str) -> None:
    """Enqueues what is due, in calls that are committed when they return; what failed is enqueued again under the same number, so
    that it may be there twice. Writes how many were acknowledged, and how far behind its times it was at worst."""
    send = None
    start = time.time()
    sent, late = 0, 0.0
    total = int(rate * seconds)
    # What cannot keep the rate is stopped, and counts with what it has enqueued by then.
    while sent < total and time.time() < start + 1.5 * seconds + 5:
        due = min(total, int((time.time() - start) * rate) + 1, sent + contender.together)
        if due > sent:
            try:
                send = send or contender.sender(place)
                late = max(late, time.time() - start - sent / rate)
                send([(first + n, time.time()) for n in range(sent, due)])
                sent = due
            except Exception:
                send = None
                time.sleep(0.1)
        wait = start + sent / rate - time.time()
        if wait > 0:
            time.sleep(wait)
    with open(report, "w", encoding="utf-8") as file:
        json.dump({"sent": sent, "wanted": total, "late": late, "seconds": time.time() - start}, file)


def main() -> None:
    task, name, host, user, database = sys.argv[1:6]
    place = Place(host, user, database)
    if task == "work":
        number, journal, processes, batch = sys.argv[6:10]
        ALL[name].work(place, int(number), Journal(journal), Setting(int(processes), int(batch)))
    elif task == "install":
        ALL[name].install(place)
    elif task == "fill":
        ALL[name].fill(place, int(sys.argv[6]))
    else:
        rate, seconds, first, report = sys.argv[6:10]
        produce(ALL[name], place, float(rate), float(seconds), int(first), report)
    # Libraries with threads of their own would keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
