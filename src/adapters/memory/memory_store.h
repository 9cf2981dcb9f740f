// A store in memory: the journal's rules without a disk. For trials, benchmarks ("the same loop without a store") and simulation.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "ports/loop.h"
#include "ports/progress.h"

namespace chasqui {

/// Keeps what it is given over close() and open(), as a disk would, for as long as the object lives. Nothing survives the
/// process. Events beyond keep_bytes_max give way, oldest first: then it behaves as if their retention had ended.
class MemoryStore : public ports::Store {
 public:
  explicit MemoryStore(ports::Loop& loop, std::size_t keep_bytes_max = 256u << 20)
      : loop_(loop), keep_bytes_max_(keep_bytes_max) {}

  Result<ports::Recovered> open() override;
  void commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) override;
  void read(ports::ReadRange range, Done<ports::ReadPage> done) override;
  void fetch(ports::FetchList list, Done<std::vector<ports::Fetched>> done) override;
  void scan(ports::ScanRange range, Done<ports::ScanPage> done) override;
  void find(ports::FindRange range, Done<ports::FindPage> done) override;
  void attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) override;
  void parked(ports::ParkedFilter filter, Done<std::vector<ports::Parked>> done) override;
  void ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<ports::Ended>> done) override;
  void close() override { ++life_; }

 private:
  using DeliveryKey = std::tuple<EndpointNo, Seq, std::string>;
  struct IdHash {
    std::size_t operator()(const EventId& id) const noexcept;
  };

  ports::Committed apply(const ports::Batch& batch);
  ports::Appended append(const ports::NewEvent& event, const ports::Batch& batch);
  void apply_deliveries(const ports::Batch& batch);
  void unpark(const ports::Unparked& row);
  void end(const ports::Ended& row);
  const ports::StoredEvent* event_at(Seq seq) const;
  void trim();
  bool routed_to(const ports::StoredEvent& event, EndpointNo endpoint) const;
  template <class T>
  void later(Store::Done<T> done, Result<T> result);

  ports::Loop& loop_;
  std::size_t keep_bytes_max_;
  std::uint64_t life_ = 0;  // callbacks of an earlier life are dropped

  std::deque<ports::StoredEvent> events_;  // by seq, dense from events_.front().seq
  std::unordered_map<EventId, Seq, IdHash> ids_;
  std::size_t bytes_ = 0;
  Seq next_seq_ = 1;
  std::int64_t last_received_at_ms_ = 0;
  std::map<std::pair<std::string, std::string>, std::string> config_;
  std::map<SessionNo, ports::SessionRow> sessions_;
  std::map<MatchSetNo, ports::InternedMatchSet> match_sets_;
  std::map<ContextNo, ports::InternedContext> contexts_;
  ports::Progress progress_;
  std::map<DeliveryKey, ports::Retry> retries_;
  std::vector<ports::Parked> parked_;
  std::vector<ports::Ended> ended_;
  std::deque<std::pair<Seq, ports::AttemptRow>> attempts_;
};

}  // namespace chasqui
