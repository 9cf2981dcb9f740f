#!/usr/bin/env python3
"""Plants bugs, one at a time, and sees whether the simulation finds each: a simulation that finds none proves nothing.

Works on a copy of the sources in build/mutate, so nothing of the working tree is touched. Prints a table; fails when a bug
was not found within the limit, or when a patch no longer applies.
"""
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutate"
LIMIT_SECONDS = 60
DISPATCHER, READ, SEND = "src/app/dispatcher.cc", "src/app/dispatcher_read.cc", "src/app/dispatcher_send.cc"
JOURNAL, LANES, LANES_IMPL = "src/app/journal.cc", "src/core/delivery/lanes.h", "src/core/delivery/lanes_impl.h"

# What breaks, file, text as it is, text as it becomes.
MUTATIONS = [
    ("ack: sources are told before the commit", JOURNAL,
     "current_.sources.push_back({batch.events.size(), delivery.items.size(), std::move(done)});",
     "done(success()); current_.sources.push_back({batch.events.size(), delivery.items.size(), [](const Status&) {}});"),
    ("ack: a refused commit is acknowledged", JOURNAL,
     "for (auto& source : work.sources) source.done(error);", "for (auto& source : work.sources) source.done(success());"),
    ("append: events of a commit reach delivery twice", JOURNAL,
     "    on_entry_(work.entries[i]);", "    on_entry_(work.entries[i]); if (i % 7 == 3) { on_entry_(work.entries[i - 1]); }"),
    ("append: a duplicate is delivered", JOURNAL, "    if (committed.events[i].duplicate) {",
     "    if (committed.events[i].duplicate && false) {"),
    ("journal: answers of a refused commit are forgotten", JOURNAL, "  prepend(kept.delivered, work.batch.delivered);\n", ""),
    ("journal: parked rows of a refused commit are forgotten", JOURNAL, "  prepend(kept.parked, work.batch.parked);\n", ""),
    ("journal: a batch holds a delivery and its retry", JOURNAL, "  drop_retries(current_.batch.retries, row);\n", ""),
    ("order: a lane that waits lets the next event pass", LANES,
     "joins = fresh || lane.state == State::ready", "joins = fresh || lane.state == State::ready", ),
    ("order: a resumed lane forgets the order of what it unloads", LANES_IMPL,
     "  back.insert(back.end(), lane.known.begin() + static_cast<std::ptrdiff_t>(lane.known_head), lane.known.end());\n",
     "  back.insert(back.begin(), lane.known.begin() + static_cast<std::ptrdiff_t>(lane.known_head), lane.known.end());\n"),
    ("order: events join a lane that has others behind it", LANES_IMPL,
     "joins && !lane.has_more() && lane.count()", "joins && lane.count()"),
    ("order: a full scan skips an event", LANES_IMPL, "      lane.gap_from = row.seq;\n", "      lane.gap_from = row.seq + 1;\n"),
    ("order: a scan mixes scopes", LANES_IMPL,
     "if (!scan.lanes.empty() && scope_of_lane(key) != scope_of_lane(scan.lanes.front())) {", "if (false) {"),
    ("retry: the delay is halved", "src/core/delivery/retry.cc", "  return RetryAt{bounded(wait, delay_max)};",
     "  return RetryAt{bounded(wait / 2, delay_max)};"),
    ("retry: Retry-After does not hold the endpoint", SEND,
     "  if (asked) box.hold_until = std::max(box.hold_until, now + std::min(*asked, kAskedWaitMax));\n", ""),
    ("retry: the attempts before a restart are not counted", DISPATCHER,
     "RetryState state{retry.attempts, retry.tries,", "RetryState state{0, retry.tries,"),
    ("retry: due times do not survive a restart", DISPATCHER,
     "    state.due += std::max(from_ms(retry.due_at_ms) - wall, Millis{0});\n", ""),
    ("retry: the bytes of another part are sent", SEND, "frozen && frozen->part == part) head", "frozen) head"),
    ("defer: a lane keeps its open marks", LANES, "    flag(lane);\n    unload(lane);\n    wait(key, lane, due);",
     "    unload(lane);\n    flag(lane);\n    wait(key, lane, due);"),
    ("defer: lanes held in an outage are not woken", SEND, "    box.lanes.wake_held();\n", ""),
    ("defer: followers beyond the known ones are forgotten", LANES, "      lane.gap_from = seq;\n    }\n  }\n  Seq gap_end",
     "      if (lane.known.size() > 5) return;\n      lane.gap_from = seq;\n    }\n  }\n  Seq gap_end"),
    ("settle: the last part settles one part early", SEND,
     "  const bool last = job.part + 1 == job.requests.size() && !sent.ticket.alone;\n  ports::Delivered",
     "  const bool last = job.part + 1 >= job.requests.size() - (job.requests.size() > 1) && !sent.ticket.alone;\n  ports::Delivered"),
    ("settle: deliveries of deferred lanes do not name them", SEND,
     "  if (box.lanes.is_deferred(sent.ticket.lane)) row.lane = sent.ticket.lane;\n", ""),
    ("settle: parts that are done are forgotten", SEND,
     "  box.parts_done[sent.ticket.seq].push_back(job.requests[job.part].part);\n", ""),
    ("cursor: it stands one too far", LANES, "return marks_.empty() ? position_ : marks_.front();",
     "return marks_.empty() ? position_ : marks_.front() + 1;"),
    ("checkpoint: deferred lanes are left out", DISPATCHER,
     "row.deferred.push_back({lane, from, until}); });\n    for (const auto& [seq, parts]",
     "if (from % 5 != 0) row.deferred.push_back({lane, from, until}); });\n    for (const auto& [seq, parts]"),
    ("checkpoint: what an earlier life settled is left out", DISPATCHER,
     "    row.settled.insert(row.settled.end(), box->settled.begin(), box->settled.end());\n", ""),
    ("recovery: settled events are sent again", DISPATCHER, "  box.settled.insert(row.settled.begin(), row.settled.end());\n", ""),
    ("recovery: settled events are passed without a mark", READ, "return box.lanes.pass_settled(seq, lane);",
     "return box.lanes.pass(seq + 1);"),
    ("recovery: resumed deliveries are forgotten", DISPATCHER,
     "    if (state.alone) box.lanes.insert_alone(state.lane, key.first, state.due);\n",
     "    if (state.alone) static_cast<void>(key);\n"),
    ("reading: events beyond the reported end are taken", READ, "    if (stored.seq >= end) break;\n", ""),
    ("limits: one request too many at once", DISPATCHER, "  return in_flight_ + reserve < limits_.in_flight_max;",
     "  return in_flight_ + reserve <= limits_.in_flight_max;"),
    ("circuit: more than one probe at a time", "src/core/delivery/circuit.cc", "now >= probe_at_ ? 1 : 0;", "now >= probe_at_ ? 2 : 0;"),
    ("pausing: a paused endpoint is called", DISPATCHER, "!box.ending && !s.paused && !s.disabled", "!box.ending && !s.disabled"),
]
MUTATIONS = [m for m in MUTATIONS if m[2] != m[3]]


def build():
    return subprocess.run(["cmake", "--build", str(COPY / "out"), "--target", "chasqui_sim"], capture_output=True, text=True)


def simulate():
    """(found, what it said, seconds)"""
    began = time.monotonic()
    program = str(COPY / "out/tests/sim/chasqui_sim")
    seed = 1
    while time.monotonic() - began < LIMIT_SECONDS:
        try:
            left = max(1, LIMIT_SECONDS - (time.monotonic() - began))
            run = subprocess.run([program, str(seed), "25"], capture_output=True, text=True, timeout=min(15, left))
        except subprocess.TimeoutExpired:
            return True, "it does not end", time.monotonic() - began
        if run.returncode != 0:
            lines = [l for l in (run.stdout + run.stderr).splitlines() if l.startswith("seed ") or "check failed" in l or "ERROR" in l]
            return True, lines[0] if lines else "died", time.monotonic() - began
        seed += 25
    return False, "", time.monotonic() - began


def main():
    wanted = sys.argv[1:]
    COPY.mkdir(parents=True, exist_ok=True)
    for name in ("src", "tests", "cmake"):
        shutil.copytree(ROOT / name, COPY / name, dirs_exist_ok=True)
    for name in ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "NOTICE"):
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, COPY / name)
    made = subprocess.run(["cmake", "-S", str(COPY), "-B", str(COPY / "out"), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                           "-DCMAKE_CXX_FLAGS_DEBUG=-O1"], capture_output=True, text=True)
    if made.returncode != 0 or build().returncode != 0:
        print(made.stdout + made.stderr + build().stdout)
        return 1
    missed = 0
    for what, name, old, new in MUTATIONS:
        if wanted and not any(w in what for w in wanted):
            continue
        path = COPY / name
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            print(f"{'DOES NOT APPLY':15}{what}", flush=True)
            missed += 1
            continue
        path.write_text(text.replace(old, new), encoding="utf-8")
        built = build()
        if built.returncode != 0:
            found, said, seconds = False, "does not build: " + built.stdout[-400:], 0.0
        else:
            found, said, seconds = simulate()
        path.write_text(text, encoding="utf-8")
        missed += 0 if found else 1
        print(f"{'found' if found else 'NOT FOUND':10}{seconds:5.1f} s  {what:60}  {said[:110]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
