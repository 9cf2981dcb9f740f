// How the gateway is: readiness with reasons, and metrics.
#include <algorithm>
#include <map>

#include "app/front.h"
#include "app/problem.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

constexpr std::size_t kParkedCounted = 10'000;    // rows read to count them per endpoint; beyond, the count is a lower bound
constexpr std::size_t kReasonsMax = 100;          // in one answer
constexpr std::uint64_t kLagEventsMany = 10'000;  // an endpoint so far behind is worth a look …
constexpr std::int64_t kLagLongMs = 300'000;      // … or one whose oldest delivery waits since five minutes

struct Reason {
  std::string code, message, endpoint;
};

ports::OutgoingResponse health(int status, std::string_view word, const std::vector<Reason>& reasons) {
  std::string out;
  json::Writer w(out);
  w.begin_object().key("status").string(word).key("reasons").begin_array();
  for (std::size_t i = 0; i < std::min(reasons.size(), kReasonsMax); ++i) {
    w.begin_object().key("code").string(reasons[i].code).key("message").string(reasons[i].message);
    if (!reasons[i].endpoint.empty()) w.key("endpoint").string(reasons[i].endpoint);
    w.end_object();
  }
  w.end_array();
  if (reasons.size() > kReasonsMax) w.key("reasons_not_shown").unsigned_integer(reasons.size() - kReasonsMax);
  w.end_object();
  return json_response(status, std::move(out));
}

}  // namespace

// Walking through an endpoint's lanes takes time, so only those that are furthest behind are looked at closely.
std::vector<Front::Watched> Front::watched() const {
  std::vector<Watched> all;
  for (const auto& target : parts_.endpoints.all())
    if (target->settings.deleted_at_ms == 0) all.push_back({target, parts_.dispatcher.glance(target->settings.no)});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.glance.backlog > b.glance.backlog; });
  return all;
}

void Front::with_parked(std::function<void(const ParkedCounts*)> then) const {
  ports::ParkedFilter filter;
  filter.limit = kParkedCounted;
  parts_.store.parked(filter, [then = std::move(then)](const Result<std::vector<ports::Parked>>& rows) {
    if (!rows) return then(nullptr);
    ParkedCounts counts;
    for (const auto& row : *rows) ++counts[row.endpoint];
    then(&counts);
  });
}

void Front::ready(const ports::Respond& respond) const {
  std::vector<Reason> reasons;
  if (stopping_) reasons.push_back({"stopping", "the server is shutting down", ""});
  if (parts_.journal.failing())
    reasons.push_back({"store_failing", "the store cannot write; sources are told to come back, and sending pauses", ""});
  if (parts_.journal.disk_is_low())
    reasons.push_back({"disk_low",
                       "the disk is nearly full (" + std::to_string(parts_.journal.disk_free_bytes()) +
                           " bytes free); sources are told to come back, deliveries go on. Make room",
                       ""});
  if (!reasons.empty()) return respond(health(503, stopping_ ? "stopping" : "failing", reasons));
  with_parked([this, respond](const ParkedCounts* parked) {
    std::vector<Reason> found;
    if (parked == nullptr) found.push_back({"store_unreadable", "the store cannot be read", ""});
    std::size_t looked = 0;
    for (const auto& [target, glance] : watched()) {
      const EndpointSettings& s = target->settings;
      if (glance.state == "outage") {
        const auto stats = parts_.dispatcher.stats(s.no);
        found.push_back({"endpoint_outage", "it does not answer as it should: " + stats.last_error, s.id});
      }
      if (s.paused && !s.pause_reason.empty())
        found.push_back({"endpoint_paused", "the gateway paused it: " + s.pause_reason + "; resume it or delete it", s.id});
      // One that a person stopped lags because that person wants it to.
      const bool stopped = s.paused || s.disabled;
      const std::int64_t lag_ms =
          glance.backlog > 0 && !stopped && looked++ < kEndpointsShown ? parts_.dispatcher.stats(s.no).lag_ms : 0;
      if (!stopped && (glance.backlog >= kLagEventsMany || lag_ms >= kLagLongMs))
        found.push_back(
            {"endpoint_lag",
             std::to_string(glance.backlog) + " events behind, the oldest for " + std::to_string(lag_ms / 1000) + " s", s.id});
    }
    if (parked != nullptr)
      for (const auto& [no, count] : *parked)
        found.push_back(
            {"parked", std::to_string(count) + " deliveries wait for a person; see /api/v1/parked", parts_.endpoints.id_of(no)});
    respond(health(200, found.empty() ? "ok" : "degraded", found));
  });
}

void Front::metrics(const ports::Respond& respond) const {
  // A store that is closed answers nothing.
  if (stopping_) return respond(metrics_text(nullptr));
  with_parked([this, respond](const ParkedCounts* parked) { respond(metrics_text(parked)); });
}

ports::OutgoingResponse Front::metrics_text(const ParkedCounts* parked) const {
  std::string out;
  const Journal& journal = parts_.journal;
  const auto gauge = [&](std::string_view name, std::string_view help, auto value) {
    append_gauge(out, name, help, static_cast<double>(value));
  };
  append_prometheus(out, parts_.counters);
  parts_.latency.append(out, "delivery_latency_seconds", "From receiving an event to the answer that took its delivery.");
  gauge("in_flight", "Requests under way to endpoints.", parts_.dispatcher.in_flight());
  gauge("tail_bytes", "Newest events held in memory.", parts_.dispatcher.tail_bytes());
  gauge("windows_bytes", "Events in memory for delivery, all endpoints.", parts_.dispatcher.windows_bytes());
  gauge("ingest_bytes_waiting", "Bytes of events that wait for their commit.", journal.bytes_waiting());
  gauge("settles_pending", "Answers of receivers that wait for their commit.", journal.settles_pending());
  gauge("journal_bytes", "Disk that the journal takes up, with its log.", journal.journal_bytes());
  if (journal.disk_free_bytes() != ~std::uint64_t{0})
    gauge("disk_free_bytes", "Disk that is left for the journal.", journal.disk_free_bytes());
  gauge("journal_next_seq", "The place that the next event gets.", parts_.dispatcher.next_seq());
  gauge("endpoints", "Endpoints that are not deleted.", parts_.endpoints.list().size());
  append_endpoint_gauges(out, parked);
  if (const std::uint64_t resident = settings_.resident_bytes ? settings_.resident_bytes() : 0; resident != 0)
    out.append("# HELP process_resident_memory_bytes Memory of the process.\n# TYPE process_resident_memory_bytes gauge\n")
        .append("process_resident_memory_bytes " + std::to_string(resident) + "\n");
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, std::move(out)};
}

// At most kEndpointsShown endpoints have a label of their own, those with the largest backlog; the others are summed.
void Front::append_endpoint_gauges(std::string& out, const ParkedCounts* parked) const {
  GaugeFamily lag("endpoint_lag_events", "Deliveries that have not ended."),
      seconds("endpoint_lag_seconds", "Age of the oldest delivery that has not ended."),
      in_flight("endpoint_in_flight", "Requests under way."),
      allowed("endpoint_in_flight_allowed", "Requests that may be under way at once, as the last answers let hope for."),
      deferred("endpoint_lanes_deferred", "Lanes whose events wait in the journal."),
      waiting("endpoint_parked", "Deliveries that wait for a person."), state("endpoint_state", "1 for the state it is in.");
  struct {
    std::size_t endpoints = 0;
    double lag = 0, in_flight = 0, allowed = 0, deferred = 0, parked = 0;
    std::map<std::string_view, double> states;
  } other;
  std::size_t shown = 0;
  for (const auto& [target, glance] : watched()) {
    const EndpointSettings& s = target->settings;
    const auto count = parked == nullptr ? 0 : parked->contains(s.no) ? parked->at(s.no) : 0;
    if (shown++ < kEndpointsShown) {
      lag.add(s.id, static_cast<double>(glance.backlog));
      const std::int64_t lag_ms = glance.backlog == 0 ? 0 : parts_.dispatcher.stats(s.no).lag_ms;
      seconds.add(s.id, static_cast<double>(lag_ms) / 1000);
      in_flight.add(s.id, static_cast<double>(glance.in_flight));
      allowed.add(s.id, static_cast<double>(glance.in_flight_allowed));
      deferred.add(s.id, static_cast<double>(glance.lanes_deferred));
      if (parked != nullptr) waiting.add(s.id, static_cast<double>(count));
      state.add(s.id, 1, glance.state);
      continue;
    }
    ++other.endpoints;
    other.lag += static_cast<double>(glance.backlog);
    other.in_flight += static_cast<double>(glance.in_flight);
    other.allowed += static_cast<double>(glance.in_flight_allowed);
    other.deferred += static_cast<double>(glance.lanes_deferred);
    other.parked += static_cast<double>(count);
    ++other.states[glance.state];
  }
  if (other.endpoints > 0) {
    lag.add("other", other.lag);
    in_flight.add("other", other.in_flight);
    allowed.add("other", other.allowed);
    deferred.add("other", other.deferred);
    if (parked != nullptr) waiting.add("other", other.parked);
    for (const auto& [word, count] : other.states) state.add("other", count, word);
  }
  for (const auto* family : {&lag, &seconds, &in_flight, &allowed, &deferred, &waiting, &state}) family->append(out);
}

}  // namespace chasqui
