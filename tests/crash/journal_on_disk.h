// The journal on a disk that can fail, without threads, so that every run is the same; and all that it holds as one text.
#pragma once

#include <string>
#include <vector>

#include "adapters/sqlite/journal_db.h"
#include "adapters/sqlite/journal_reader.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/store_model.h"

namespace chasqui::testing {

inline constexpr const char* kJournalFile = "journal.sqlite";

/// When the log is copied back: each hides other mistakes, for copying back syncs the log as well.
enum class Log { copied_back_after_each_batch, copied_back_at_times };

/// One life of the journal's process, from open() to the end of the object.
class JournalLife {
 public:
  JournalLife(FaultDisk& disk, Log log) : vfs_(disk), db_(options(log)) {}

  Result<ports::Recovered> open();
  Result<ports::Committed> commit(const ports::Batch& batch) { return db_.commit(batch); }
  /// Everything but what only a start tells, read through a connection of its own while the writer lives.
  std::string readable();
  /// What a start finds, and what can be read then; the error's words when it could not be opened.
  std::string open_and_read();
  sqlite::JournalReader& reader() { return reader_; }
  void close() {
    reader_.close();
    db_.close();
  }

 private:
  sqlite::JournalOptions options(Log log) const {
    // Beyond the last number the log is begun anew: after every few batches.
    if (log == Log::copied_back_after_each_batch) return {kJournalFile, vfs_.name(), 1, 200'000};
    return {kJournalFile, vfs_.name(), 600'000, 700'000};
  }

  FaultVfs vfs_;
  sqlite::JournalDb db_;
  sqlite::JournalReader reader_;
};

std::string readable(const StoreModel& model);
std::string everything(const StoreModel& model);

/// A few batches in which all happens that a gateway does to its journal: events of all sorts, duplicates, big bodies,
/// configuration made and deleted, deliveries in parts, failures, parking, repair, ends, cursors with deferred lanes.
std::vector<ports::Batch> scripted_batches();
/// What a recovered journal must still take: a duplicate of what the script's first batch stores, and new rows.
ports::Batch probe();

}  // namespace chasqui::testing
