// The simulated disk: slow, failing, full at times, and forgetful when the process dies.
#pragma once

#include <deque>
#include <memory>

#include "adapters/memory/memory_store.h"
#include "tests/sim/ledger.h"
#include "tests/support/chance.h"

namespace chasqui::sim {

struct DiskWeather {
  bool failing = false;  ///< commits are refused
  bool low = false;      ///< it says that little is free
  Millis commit_max{3};
  Millis read_max{2};
  int read_fails_percent = 0;
};

/// A batch becomes durable at some moment between the call and its callback. When the process dies in between, it is durable
/// or not; both happen.
class Disk : public ports::Store {
 public:
  Disk(testing::VirtualLoop& world, testing::Chance& chance, Ledger& ledger) : world_(world), chance_(chance), ledger_(ledger) {}

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

  /// The process is gone: callbacks never come, and what was being written may be lost.
  void crash();
  /// What a start would find now.
  Result<ports::Recovered> peek() { return inner_.open(); }

  DiskWeather weather;

 private:
  struct Work {
    std::shared_ptr<const ports::Batch> batch;
    Done<ports::Committed> done;
    bool applied = false;
    ports::Committed committed;
  };
  void begin();
  void apply(Work& work);
  void finish(bool refuse);
  template <class T>
  void later(Done<T> done, std::function<void(Done<T>)> ask);

  testing::VirtualLoop& world_;
  testing::Chance& chance_;
  Ledger& ledger_;
  testing::VirtualLoop inside_;  // of the store that is wrapped: its answers come at once
  MemoryStore inner_{inside_};
  std::deque<Work> works_;
  std::uint64_t life_ = 0;
};

}  // namespace chasqui::sim
