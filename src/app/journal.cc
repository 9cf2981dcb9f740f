#include "app/journal.h"

#include <iterator>
#include <utility>

namespace chasqui {
namespace {

template <class T>
void prepend(std::vector<T>& to, std::vector<T>& from) {
  if (from.empty()) return;
  from.insert(from.end(), std::make_move_iterator(to.begin()), std::make_move_iterator(to.end()));
  to = std::move(from);
}

// With the delivery its retry is over. A batch tells both without order, so it must not hold both.
void drop_retries(std::vector<ports::Retry>& retries, const ports::Delivered& row) {
  std::erase_if(retries,
                [&](const ports::Retry& r) { return r.endpoint == row.endpoint && r.seq == row.seq && r.part == row.part; });
}

}  // namespace

Journal::Journal(ports::Store& store, ports::Loop& loop, ports::Timers& timers, ports::Clock& clock, ports::Log& log,
                 Counters& counters, JournalLimits limits)
    : store_(store), loop_(loop), timers_(timers), clock_(clock), log_(log), counters_(counters), limits_(limits) {}

void Journal::append(Append delivery, Appended done) {
  std::size_t bytes = delivery.raw ? delivery.raw->body->size() : 0;
  for (const auto& item : delivery.items) bytes += item.row.record.size();
  // One delivery always fits into an empty journal, however large: else it could never be stored.
  if (failing_) return done(unavailable("the store cannot write"));
  if (disk_low_) return done(unavailable("the disk is nearly full: less than disk_reserve_bytes is free"));
  if (bytes_waiting_ > 0 && bytes_waiting_ + bytes > limits_.ingest_bytes_max)
    return done(unavailable("too many events wait for the disk"));
  auto& batch = current_.batch;
  std::int32_t raw = -1;
  if (delivery.raw) {
    raw = static_cast<std::int32_t>(batch.raws.size());
    batch.raws.push_back(std::move(*delivery.raw));
  }
  current_.sources.push_back({batch.events.size(), delivery.items.size(), std::move(done)});
  for (auto& item : delivery.items) {
    item.row.raw = raw;
    batch.events.push_back(std::move(item.row));
    current_.entries.push_back(std::move(item.entry));
  }
  current_.bytes += bytes;
  bytes_waiting_ += bytes;
  arm();
}

void Journal::delivered(ports::Delivered row) {
  drop_retries(current_.batch.retries, row);
  current_.batch.delivered.push_back(std::move(row));
  ++settles_pending_;
  arm();
}

void Journal::failed(ports::Failed row, ports::Retry next) {
  current_.batch.failed.push_back(std::move(row));
  current_.batch.retries.push_back(std::move(next));
  ++settles_pending_;
  arm();
}

void Journal::parked(ports::Failed row, ports::Parked parked) {
  current_.batch.failed.push_back(std::move(row));
  current_.batch.parked.push_back(std::move(parked));
  ++settles_pending_;
  arm();
}

// A parked row is also what says that its delivery was settled: before it goes, a checkpoint in the same batch must say so.
void Journal::resumed(ports::Unparked row, ports::Retry next) {
  checkpoint_wanted_ = true;
  current_.batch.unparked.push_back(std::move(row));
  current_.batch.retries.push_back(std::move(next));
  arm();
}

void Journal::dropped(ports::Unparked row, ports::Ended end) {
  checkpoint_wanted_ = true;
  current_.batch.unparked.push_back(std::move(row));
  ended(std::move(end));
}

void Journal::ended(ports::Ended row) {
  current_.batch.ended.push_back(std::move(row));
  arm();
}

void Journal::session(ports::SessionRow row) { current_.batch.sessions.push_back(std::move(row)); }
void Journal::match_set(ports::InternedMatchSet row) { current_.batch.match_sets.push_back(std::move(row)); }
void Journal::context(ports::InternedContext row) { current_.batch.contexts.push_back(std::move(row)); }

void Journal::config(ports::ConfigRow row, Appended done) {
  if (failing_) {
    done(unavailable("the store cannot write"));
    return;
  }
  current_.batch.config.push_back(std::move(row));
  current_.config_done.push_back(std::move(done));
  arm();
}

void Journal::want_checkpoint() {
  checkpoint_wanted_ = true;
  arm();
}

void Journal::when_idle(ports::Task task) {
  if (idle()) {
    loop_.post(std::move(task));
  } else {
    when_idle_.push_back(std::move(task));
  }
}

void Journal::when_stored(ports::Task task) {
  if (current_.batch.empty() && !busy_) return loop_.post(std::move(task));
  current_.stored.push_back(std::move(task));
  // What was given earlier may be with the store already; a batch of its own comes behind it.
  if (current_.batch.empty()) want_checkpoint();
}

// Posted, not called: whatever else this turn of the loop brings joins the batch.
void Journal::arm() {
  if (armed_ || busy_ || pausing_) return;
  armed_ = true;
  loop_.post([this] {
    armed_ = false;
    kick();
  });
}

void Journal::kick() {
  if (busy_ || pausing_ || (current_.batch.empty() && !checkpoint_wanted_)) return;
  busy_ = true;
  if (std::exchange(checkpoint_wanted_, false) && take_checkpoint_) current_.batch.checkpoint = take_checkpoint_();
  // Shared by the store, which reads the batch, and by the callback, which takes back what could not be stored.
  auto work = std::make_shared<Collected>(std::move(current_));
  current_ = {};
  store_.commit(std::shared_ptr<const ports::Batch>(work, &work->batch),
                [this, work](const Result<ports::Committed>& result) { committed(*work, result); });
}

void Journal::committed(Collected& work, const Result<ports::Committed>& result) {
  const bool could_send = may_send();
  busy_ = false;
  bytes_waiting_ -= work.bytes;
  if (result) {
    succeeded(work, *result);
  } else {
    refused(work, result.error());
  }
  if (!could_send && may_send() && on_may_send_) on_may_send_();
  if (idle()) {
    for (auto& task : std::exchange(when_idle_, {})) loop_.post(std::move(task));
  } else {
    arm();
  }
}

void Journal::succeeded(Collected& work, const ports::Committed& committed) {
  CHASQUI_CHECK(committed.events.size() == work.entries.size(), "a store tells the fate of every event");
  if (failing_) log_.info("the store writes again");
  failing_ = false;
  look_at_disk(committed);
  ++counters_.commits;
  counters_.commit_events += work.entries.size();
  counters_.commit_settles += settles(work.batch);
  settles_pending_ -= settles(work.batch);
  // Sources first: they wait for nothing but the disk, and no webhook leaves before its source has been told.
  for (auto& source : work.sources) source.done(success());
  for (auto& done : work.config_done) done(success());
  for (auto& task : work.stored) task();
  for (std::size_t i = 0; i < work.entries.size(); ++i) {
    if (committed.events[i].duplicate) {
      ++counters_.events_duplicate;
      continue;
    }
    ++counters_.events_stored;
    work.entries[i]->seq = committed.events[i].seq;
    on_entry_(work.entries[i]);
  }
  if (on_commit_) on_commit_();
}

void Journal::refused(Collected& work, const Error& error) {
  ++counters_.commit_failures;
  if (!failing_)
    log_.error("the store cannot write; sources are told to come back, and sending pauses", {{"reason", error.detail}});
  failing_ = true;
  pausing_ = true;
  for (auto& source : work.sources) source.done(error);
  for (auto& done : work.config_done) done(error);
  // Answers and the rows that events refer to are kept; a checkpoint is taken anew.
  checkpoint_wanted_ = checkpoint_wanted_ || work.batch.checkpoint.has_value();
  auto& kept = current_.batch;
  prepend(current_.stored, work.stored);
  for (const auto& row : kept.delivered) drop_retries(work.batch.retries, row);
  prepend(kept.sessions, work.batch.sessions);
  prepend(kept.match_sets, work.batch.match_sets);
  prepend(kept.contexts, work.batch.contexts);
  prepend(kept.delivered, work.batch.delivered);
  prepend(kept.failed, work.batch.failed);
  prepend(kept.retries, work.batch.retries);
  prepend(kept.parked, work.batch.parked);
  prepend(kept.unparked, work.batch.unparked);
  prepend(kept.ended, work.batch.ended);
  timers_.at(clock_.steady_now() + limits_.retry_pause, [this] {
    pausing_ = false;
    // With nothing kept there is nothing to try with: the next delivery of a source tries.
    if (current_.batch.empty() && !checkpoint_wanted_) {
      const bool could_send = may_send();
      failing_ = false;
      if (!could_send && may_send() && on_may_send_) on_may_send_();
    }
    arm();
  });
}

// Too little room is noticed by the commits themselves. While nothing is taken there may be none, so an empty one looks again.
void Journal::look_at_disk(const ports::Committed& committed) {
  disk_free_ = committed.disk_free_bytes;
  journal_bytes_ = committed.journal_bytes;
  const bool low = disk_free_ < limits_.disk_reserve_bytes;
  if (low && !disk_low_)
    log_.error("the disk is nearly full; sources are told to come back, deliveries go on",
               {{"free_bytes", std::to_string(disk_free_)}, {"disk_reserve_bytes", std::to_string(limits_.disk_reserve_bytes)}});
  if (!low && disk_low_) log_.info("the disk has room again", {{"free_bytes", std::to_string(disk_free_)}});
  disk_low_ = low;
  if (low) timers_.at(clock_.steady_now() + limits_.disk_look, [this] { want_checkpoint(); });
}

}  // namespace chasqui
