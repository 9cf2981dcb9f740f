// Reading the journal beside its writer: a connection of its own that cannot write.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/database.h"
#include "ports/store.h"

namespace chasqui::sqlite {

/// Blocking; for one thread. Each call is a read transaction of at most about 100 ms, so that the log can be copied back
/// (semantics 6).
class JournalReader {
 public:
  Status open(const std::string& path, const char* vfs);
  void close();

  Result<ports::ReadPage> read(const ports::ReadRange& range);
  Result<std::vector<ports::Fetched>> fetch(const ports::FetchList& list);
  Result<ports::ScanPage> scan(const ports::ScanRange& range);
  Result<ports::FindPage> find(const ports::FindRange& range);
  Result<std::vector<ports::AttemptRow>> attempts(Seq seq);
  Result<std::vector<ports::Parked>> parked(const ports::ParkedFilter& filter);
  Result<std::vector<ports::Ended>> ended(EndpointNo endpoint, std::size_t limit);

 private:
  struct RawPlace {
    std::int64_t blob = 0, at = -1;
    std::shared_ptr<const std::string> body;
  };

  Result<bool> routed(MatchSetNo set, EndpointNo endpoint);
  Result<std::vector<Seq>> seqs_of_subject(const ports::FindRange& range, Seq until);
  Result<std::vector<Seq>> seqs_of_ids(const ports::FindRange& range);
  Status take(ports::StoredEvent& event, Statement& header, RawPlace& last_raw);
  void done_reading();
  Status slice(std::int64_t blob, std::int64_t at, std::int64_t length, std::string& out);

  Database db_;
  Statement headers_;  // from a seq on
  Statement header_;   // of one seq
  sqlite3_blob* open_blob_ = nullptr;
  std::map<MatchSetNo, std::vector<EndpointNo>> sets_;  // rows never change, so they are read once
};

}  // namespace chasqui::sqlite
