// The journal's default store: a SQLite file, a thread that writes it and one that reads it.
#pragma once

#include <memory>
#include <string>

#include "adapters/sqlite/journal_db.h"
#include "ports/loop.h"
#include "ports/store.h"

namespace chasqui {

/// One process per file (the caller holds the data directory's lock). Used from the loop's thread; callbacks come back on it.
class SqliteStore : public ports::Store {
 public:
  SqliteStore(std::string path, ports::Loop& loop);
  SqliteStore(sqlite::JournalOptions options, ports::Loop& loop);
  ~SqliteStore() override;

  Result<ports::Recovered> open() override;
  void commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) override;
  void read(ports::ReadRange range, Done<ports::ReadPage> done) override;
  void fetch(ports::FetchList list, Done<std::vector<ports::Fetched>> done) override;
  void scan(ports::ScanRange range, Done<ports::ScanPage> done) override;
  void find(ports::FindRange range, Done<ports::FindPage> done) override;
  void attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) override;
  void parked(ports::ParkedFilter filter, Done<std::vector<ports::Parked>> done) override;
  void ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<ports::Ended>> done) override;
  void close() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui
