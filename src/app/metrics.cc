#include "app/metrics.h"

#include <algorithm>

#include "core/json/writer.h"

namespace chasqui {
namespace {

void append_counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  out.append("# HELP chasqui_").append(name).append("_total ").append(help);
  out.append("\n# TYPE chasqui_").append(name).append("_total counter\nchasqui_").append(name).append("_total ");
  out.append(std::to_string(value)).push_back('\n');
}

}  // namespace

void LatencyHistogram::record(std::int64_t ms) {
  ms = std::max<std::int64_t>(ms, 0);
  sum_ms_ += ms;
  ++counts_[static_cast<std::size_t>(std::lower_bound(kBoundsMs.begin(), kBoundsMs.end(), ms) - kBoundsMs.begin())];
}

void LatencyHistogram::append(std::string& out, std::string_view name, std::string_view help) const {
  const std::string full = "chasqui_" + std::string(name);
  out.append("# HELP ").append(full).append(" ").append(help).append("\n# TYPE ").append(full).append(" histogram\n");
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    so_far += counts_[i];
    std::string bound = "+Inf";
    if (i < kBoundsMs.size()) {
      bound.clear();
      json::Writer(bound).number(static_cast<double>(kBoundsMs[i]) / 1000);
    }
    out.append(full).append("_bucket{le=\"").append(bound).append("\"} ").append(std::to_string(so_far)).push_back('\n');
  }
  std::string sum;
  json::Writer(sum).number(static_cast<double>(sum_ms_) / 1000);
  out.append(full)
      .append("_sum ")
      .append(sum)
      .append("\n")
      .append(full)
      .append("_count ")
      .append(std::to_string(so_far))
      .push_back('\n');
}

void append_gauge(std::string& out, std::string_view name, std::string_view help, double value) {
  out.append("# HELP chasqui_").append(name).append(" ").append(help);
  out.append("\n# TYPE chasqui_").append(name).append(" gauge\nchasqui_").append(name).append(" ");
  std::string number;
  json::Writer(number).number(value);
  out.append(number).push_back('\n');
}

void GaugeFamily::add(std::string_view endpoint, double value, std::string_view state) {
  // Ids and states are our own: nothing in them needs escaping.
  samples_.append("chasqui_").append(name_).append("{endpoint=\"").append(endpoint).append("\"");
  if (!state.empty()) samples_.append(",state=\"").append(state).append("\"");
  std::string number;
  json::Writer(number).number(value);
  samples_.append("} ").append(number).push_back('\n');
}

void GaugeFamily::append(std::string& out) const {
  if (samples_.empty()) return;
  out.append("# HELP chasqui_").append(name_).append(" ").append(help_);
  out.append("\n# TYPE chasqui_").append(name_).append(" gauge\n").append(samples_);
}

void append_prometheus(std::string& out, const Counters& c) {
  append_counter(out, "ingest_requests", "Deliveries from sources.", c.ingest_requests);
  append_counter(out, "ingest_signature_rejected", "Deliveries with a missing or wrong signature, answered 401.",
                 c.ingest_signature_rejected);
  append_counter(out, "ingest_unparsable", "Signed deliveries that could not be parsed; kept as engine.raw.",
                 c.ingest_unparsable);
  append_counter(out, "ingest_foreign_object", "Signed deliveries that are not about WhatsApp; not stored.",
                 c.ingest_foreign_object);
  append_counter(out, "ingest_refused", "Deliveries answered 503, to be sent again by the source.", c.ingest_refused);
  append_counter(out, "events_stored", "Events appended to the journal.", c.events_stored);
  append_counter(out, "events_duplicate", "Events recognised as repeated by their source.", c.events_duplicate);
  append_counter(out, "events_unrouted", "Events stored that no endpoint wanted.", c.events_unrouted);
  append_counter(out, "routes_filtered", "Pairs of event and endpoint that the subscription left out.", c.routes_filtered);
  append_counter(out, "routes_no_counterpart", "Pairs of event and endpoint whose dialect has no word for the event.",
                 c.routes_no_counterpart);
  append_counter(out, "commits", "Batches made durable.", c.commits);
  append_counter(out, "commit_events", "Events in the batches made durable, repeated ones too.", c.commit_events);
  append_counter(out, "commit_settles", "Answers of receivers in the batches made durable.", c.commit_settles);
  append_counter(out, "commit_failures", "Batches that the store could not write.", c.commit_failures);
  append_counter(out, "attempts", "Requests sent to endpoints.", c.attempts);
  append_counter(out, "attempts_failed", "Requests that were not answered 2xx.", c.attempts_failed);
  append_counter(out, "deliveries_delivered", "Pairs of event and endpoint delivered.", c.deliveries_delivered);
  append_counter(out, "deliveries_parked", "Pairs of event and endpoint that wait for a person.", c.deliveries_parked);
  append_counter(out, "deliveries_resumed", "Parked deliveries that a person sent again.", c.deliveries_resumed);
  append_counter(out, "deliveries_dropped", "Parked deliveries that a person ended with a note.", c.deliveries_dropped);
  append_counter(out, "deliveries_skipped", "Deliveries not made because a person disabled the endpoint.", c.deliveries_skipped);
  append_counter(out, "deliveries_expired", "Deliveries ended by a declared retention.", c.deliveries_expired);
  append_counter(out, "attempts_local_trouble", "Requests not sent because descriptors, ports or memory ran out here.",
                 c.attempts_local_trouble);
  append_counter(out, "store_scans", "Header scans for followers of deferred lanes.", c.store_scans);
  append_counter(out, "tail_reads", "Events handed to endpoints from memory.", c.tail_reads);
  append_counter(out, "store_reads", "Pages read from the store for endpoints that were behind.", c.store_reads);
}

}  // namespace chasqui
