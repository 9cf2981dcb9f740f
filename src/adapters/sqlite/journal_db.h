// The journal as a SQLite file: one connection that writes and checkpoints. Blocking; threads are around it, not in it.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "adapters/sqlite/database.h"
#include "ports/store.h"

namespace chasqui::sqlite {

struct JournalOptions {
  std::string path;
  const char* vfs = nullptr;              ///< for tests: a file system that fails when told to
  std::size_t wal_bytes = 4u << 20;       ///< the log is copied into the file when it has grown to this, between batches
  std::size_t wal_bytes_max = 64u << 20;  ///< beyond, the copy waits for readers and starts the log anew
};

/// Layout and blobs: docs/formats/journal.md.
class JournalDb {
 public:
  static constexpr std::int64_t kApplicationId = 0x43485351;  // "CHSQ"
  static constexpr std::int64_t kVersion = 1;

  explicit JournalDb(JournalOptions options) : options_(std::move(options)) {}

  Result<ports::Recovered> open();
  /// One transaction. @return unavailable when it could not be made durable; then nothing of it is stored.
  Result<ports::Committed> commit(const ports::Batch& batch);
  void close();
  const JournalOptions& options() const { return options_; }

 private:
  enum Query {
    insert_event,
    find_event,
    insert_blob,
    insert_settled,
    insert_failed,
    put_retry,
    end_retry,
    insert_parked,
    unpark,
    insert_ended,
    end_retries,
    put_config,
    drop_config,
    put_session,
    put_match_set,
    put_context,
    put_cursor,
    put_meta,
    query_count
  };

  Status prepare_file();
  Status prepare_statements();
  Status sync_what_is_there();
  Status write(const ports::Batch& batch, ports::Committed& out);
  bool write_rows(const ports::Batch& batch);
  bool write_events(const ports::Batch& batch, ports::Committed& out);
  bool write_deliveries(const ports::Batch& batch);
  bool write_ended(const ports::Batch& batch);
  bool write_checkpoint(const ports::Checkpoint& checkpoint);
  void measure(ports::Committed& out);
  void copy_log_back();
  Statement& of(Query query) { return statements_[static_cast<std::size_t>(query)]; }

  JournalOptions options_;
  Database db_;
  std::array<Statement, query_count> statements_;
  Seq next_seq_ = 1;
  std::int64_t next_blob_ = 1;
  std::int64_t next_settled_ = 1;
  int wal_pages_ = 0;
  std::chrono::steady_clock::time_point measured_at_{};
  std::uint64_t free_bytes_ = ~std::uint64_t{0};
  std::uint64_t file_bytes_ = 0;
  std::string buffer_;
};

/// Cuts the blocks of `settled` back into rows; what cannot be read is left out. For recovery and look-ups.
void unpack_settled(std::string_view block, const std::function<void(ports::Delivered)>& each);

/// Reads all but events; used by JournalDb::open.
Result<ports::Recovered> recover(Database& db);

}  // namespace chasqui::sqlite
