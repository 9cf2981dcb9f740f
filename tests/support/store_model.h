// The store that tests believe: it keeps the history and works every answer out of it, as ports/store.h says. Slow, plain,
// without a file, a thread or an index. It has no cursors; it knows which deliveries are open.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "ports/store.h"
#include "tests/support/open_deliveries.h"

namespace chasqui::testing {

class StoreModel {
 public:
  ports::Committed commit(const ports::Batch& batch);
  /// What a start finds. Its checkpoint is the last one as it was given: compare open() instead.
  ports::Recovered recovered() const;
  const OpenDeliveries& open() const { return open_; }
  ports::ReadPage read(const ports::ReadRange& range) const;
  std::vector<ports::Fetched> fetch(const ports::FetchList& list) const;
  ports::ScanPage scan(const ports::ScanRange& range) const;
  ports::FindPage find(const ports::FindRange& range) const;
  std::vector<ports::AttemptRow> attempts(Seq seq) const;
  std::vector<ports::Parked> parked(const ports::ParkedFilter& filter) const;
  std::vector<ports::Ended> ended(EndpointNo endpoint, std::size_t limit) const;

  Seq next_seq() const { return events_.size() + 1; }
  const std::vector<ports::StoredEvent>& events() const { return events_; }
  const std::vector<ports::Retry>& retries() const { return retries_; }

 private:
  using Delivery = std::tuple<EndpointNo, Seq, std::string>;

  ports::Appended append(const ports::NewEvent& event, const ports::Batch& batch);
  void part_ended(EndpointNo endpoint, Seq seq, const std::string& part, bool last);
  void end_retry(const Delivery& of);
  void end(const ports::Ended& row);
  std::vector<EndpointNo> endpoints(MatchSetNo set) const;
  bool routed(const ports::StoredEvent& event, EndpointNo endpoint) const;

  std::vector<ports::StoredEvent> events_;
  ports::Recovered rows_;  // configuration, interned rows, the last checkpoint
  OpenDeliveries open_;
  std::vector<ports::Retry> retries_;
  std::vector<ports::Parked> parked_;        // oldest first
  std::vector<ports::Ended> ended_;          // oldest first
  std::vector<ports::AttemptRow> attempts_;  // oldest first
};

}  // namespace chasqui::testing
