// What the flow counts. One thread writes and reads, so these are plain numbers.
#pragma once

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
  std::uint64_t events_unrouted = 0;       ///< stored, and no endpoint wanted it
  std::uint64_t routes_filtered = 0;       ///< (event, endpoint) pairs that a subscription left out
  std::uint64_t routes_no_counterpart = 0;  ///< pairs for which the dialect has no word
  std::uint64_t commits = 0;
  std::uint64_t commit_failures = 0;
  std::uint64_t attempts = 0;
  std::uint64_t attempts_failed = 0;
  std::uint64_t deliveries_delivered = 0;  ///< (event, endpoint) pairs
  std::uint64_t deliveries_parked = 0;
  std::uint64_t tail_reads = 0;   ///< events taken from memory
  std::uint64_t store_reads = 0;  ///< pages read because an endpoint was behind
};

/// Appends the counters in the Prometheus text format.
void append_prometheus(std::string& out, const Counters& counters);
/// Appends one gauge with its help line.
void append_gauge(std::string& out, std::string_view name, std::string_view help, double value);

}  // namespace chasqui
