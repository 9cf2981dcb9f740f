// What the flow counts. One thread writes and reads, so these are plain numbers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace chasqui {

/// Counters since the start of the process. Names in /metrics: `chasqui_<member>_total`.
struct Counters {
  std::uint64_t ingest_requests = 0;
  std::uint64_t ingest_signature_rejected = 0;  ///< missing or wrong X-Hub-Signature-256
  std::uint64_t ingest_unparsable = 0;          ///< signed, but no JSON that we know; kept as engine.raw
  std::uint64_t ingest_foreign_object = 0;      ///< signed, but not for WhatsApp; answered 200, not stored
  std::uint64_t ingest_refused = 0;             ///< answered 503: overload or a store that cannot write
  std::uint64_t events_stored = 0;
  std::uint64_t events_duplicate = 0;
  std::uint64_t events_unrouted = 0;        ///< stored, and no endpoint wanted it
  std::uint64_t routes_filtered = 0;        ///< (event, endpoint) pairs that a subscription left out
  std::uint64_t routes_no_counterpart = 0;  ///< pairs for which the dialect has no word
  std::uint64_t commits = 0;
  std::uint64_t commit_events = 0;   ///< events in them, repeated ones too: over commits, the size of a batch
  std::uint64_t commit_settles = 0;  ///< answers in them
  std::uint64_t commit_failures = 0;
  std::uint64_t attempts = 0;
  std::uint64_t attempts_failed = 0;
  std::uint64_t deliveries_delivered = 0;  ///< (event, endpoint) pairs
  std::uint64_t deliveries_parked = 0;
  std::uint64_t deliveries_resumed = 0;      ///< parked ones that a person sent again
  std::uint64_t deliveries_dropped = 0;      ///< parked ones that a person ended
  std::uint64_t deliveries_skipped = 0;      ///< because a person disabled the endpoint
  std::uint64_t deliveries_expired = 0;      ///< because a declared retention ended them
  std::uint64_t attempts_local_trouble = 0;  ///< not sent: descriptors, ports or memory ran out here
  std::uint64_t tail_reads = 0;              ///< events taken from memory
  std::uint64_t store_reads = 0;             ///< pages read because an endpoint was behind
  std::uint64_t store_scans = 0;             ///< header scans for followers of deferred lanes
};

/// Times from receiving an event to the receiver's answer, in fixed buckets.
class LatencyHistogram {
 public:
  static constexpr std::array<std::int64_t, 14> kBoundsMs{1,   2,   5,    10,   20,     50,      100,
                                                          200, 500, 1000, 5000, 30'000, 300'000, 3'600'000};
  void record(std::int64_t ms);
  /// Appends it in the Prometheus text format, in seconds.
  void append(std::string& out, std::string_view name, std::string_view help) const;

 private:
  std::array<std::uint64_t, kBoundsMs.size() + 1> counts_{};
  std::int64_t sum_ms_ = 0;
};

/// One gauge of many endpoints.
class GaugeFamily {
 public:
  GaugeFamily(std::string_view name, std::string_view help) : name_(name), help_(help) {}
  /// @param state  a second label; empty = none.
  void add(std::string_view endpoint, double value, std::string_view state = {});
  /// Appends it in the Prometheus text format; nothing when nothing was added.
  void append(std::string& out) const;

 private:
  std::string name_, help_, samples_;
};

/// Appends the counters in the Prometheus text format.
void append_prometheus(std::string& out, const Counters& counters);
/// Appends one gauge with its help line.
void append_gauge(std::string& out, std::string_view name, std::string_view help, double value);

}  // namespace chasqui
