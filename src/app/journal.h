// The journal: collects what must become durable and commits it in batches (natural group commit).
#pragma once

#include <functional>
#include <vector>

#include "app/entry.h"
#include "app/metrics.h"
#include "ports/log.h"
#include "ports/loop.h"
#include "ports/store.h"

namespace chasqui {

struct JournalLimits {
  std::size_t ingest_bytes_max = 64u << 20;  ///< of events that wait for their commit; beyond, sources are told to come back
  std::size_t settles_pending_max =
      4096;                  ///< answers not yet committed; beyond, sending pauses (bounds duplicates, semantics 14)
  Millis retry_pause{1000};  ///< after a failed commit, before the next try
  std::uint64_t disk_reserve_bytes = 256u << 20;  ///< with less free than this nothing new is taken: what is left is for settling
  Millis disk_look{1000};                         ///< while there is too little, how often to look again
};

/// Events of one source delivery, to be stored together.
struct Append {
  struct Item {
    ports::NewEvent row;
    std::shared_ptr<Entry> entry;  ///< gets its seq at the commit
  };
  std::vector<Item> items;
  std::optional<ports::RawDelivery> raw;  ///< the items' bytes
};

/// While one batch is being written, the next collects: under load a commit carries everything that came meanwhile.
/// Lives on the loop's thread.
class Journal {
 public:
  using Appended = std::function<void(Status)>;
  /// Called for each new event, in the order of the journal, after its source was told.
  using OnEntry = std::function<void(const EntryPtr&)>;

  Journal(ports::Store& store, ports::Loop& loop, ports::Timers& timers, ports::Clock& clock, ports::Log& log, Counters& counters,
          JournalLimits limits);

  /// Must be set before the first append.
  void on_entry(OnEntry listener) { on_entry_ = std::move(listener); }
  /// Called when `may_send` turns from no to yes.
  void on_may_send(ports::Task listener) { on_may_send_ = std::move(listener); }
  /// Called once for each commit that succeeded, behind everything else.
  void on_commit(ports::Task listener) { on_commit_ = std::move(listener); }

  /// Stores all items or none. `done` comes when they are durable (duplicates too: then the first ones are), or with
  /// unavailable when they could not be stored; the source is to send them again then.
  void append(Append delivery, Appended done);

  // What an attempt, or a person, brought about. Kept over failed commits until stored.
  void delivered(ports::Delivered row);
  void failed(ports::Failed row, ports::Retry next);
  void parked(ports::Failed row, ports::Parked parked);
  void resumed(ports::Unparked row, ports::Retry next);
  void dropped(ports::Unparked row, ports::Ended end);
  void ended(ports::Ended row);

  // Rows that events refer to. Committed with or before the events that follow.
  void session(ports::SessionRow row);
  void match_set(ports::InternedMatchSet row);
  void context(ports::InternedContext row);
  /// `done` comes when the row is durable, or with unavailable; then it is not stored.
  void config(ports::ConfigRow row, Appended done);
  /// The next batch carries a checkpoint, taken when the batch is closed: so it is true of all that is in it.
  void want_checkpoint();
  void on_checkpoint(std::function<ports::Checkpoint()> taker) { take_checkpoint_ = std::move(taker); }

  /// Whether answers can still be recorded; when not, nothing should be sent.
  bool may_send() const { return !failing_ && settles_pending_ < limits_.settles_pending_max; }
  bool failing() const { return failing_; }
  bool disk_is_low() const { return disk_low_; }
  std::uint64_t disk_free_bytes() const { return disk_free_; }
  std::uint64_t journal_bytes() const { return journal_bytes_; }
  std::size_t bytes_waiting() const { return bytes_waiting_; }
  std::size_t settles_pending() const { return settles_pending_; }
  bool idle() const { return !busy_ && current_.batch.empty() && !checkpoint_wanted_; }
  /// Runs `task` when nothing waits to be committed: at a stop. Under load that may be never.
  void when_idle(ports::Task task);
  /// Runs `task` once all rows (not events) that were given so far are durable.
  void when_stored(ports::Task task);

 private:
  struct Waiting {
    std::size_t first = 0;  // of the batch's events
    std::size_t count = 0;
    Appended done;
  };
  struct Collected {
    ports::Batch batch;
    std::vector<std::shared_ptr<Entry>> entries;
    std::vector<Waiting> sources;
    std::vector<Appended> config_done;
    std::vector<ports::Task> stored;
    std::size_t bytes = 0;
  };

  void arm();
  void kick();
  void committed(Collected& work, const Result<ports::Committed>& result);
  void succeeded(Collected& work, const ports::Committed& committed);
  void refused(Collected& work, const Error& error);
  void look_at_disk(const ports::Committed& committed);
  static std::size_t settles(const ports::Batch& batch) { return batch.delivered.size() + batch.failed.size(); }

  ports::Store& store_;
  ports::Loop& loop_;
  ports::Timers& timers_;
  ports::Clock& clock_;
  ports::Log& log_;
  Counters& counters_;
  JournalLimits limits_;
  OnEntry on_entry_;
  ports::Task on_may_send_;
  ports::Task on_commit_;
  std::function<ports::Checkpoint()> take_checkpoint_;
  std::vector<ports::Task> when_idle_;

  Collected current_;
  bool busy_ = false;   // a batch is with the store
  bool armed_ = false;  // kick() is posted
  bool failing_ = false;
  bool pausing_ = false;  // between a failed commit and the next try
  bool checkpoint_wanted_ = false;
  bool disk_low_ = false;
  std::uint64_t disk_free_ = ~std::uint64_t{0};
  std::uint64_t journal_bytes_ = 0;
  std::size_t bytes_waiting_ = 0;
  std::size_t settles_pending_ = 0;
};

}  // namespace chasqui
