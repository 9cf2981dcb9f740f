// The one listener's first step: who may ask, and who answers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/cloud_api.h"
#include "app/endpoints.h"
#include "app/inbox.h"
#include "app/metrics.h"
#include "app/trace.h"
#include "ports/http.h"

namespace chasqui {

struct FrontSettings {
  std::string api_key;  ///< empty = open, which main allows on loopback only
  std::string version;
  std::function<std::uint64_t()> resident_bytes;  ///< memory of the process, for /metrics; empty = not shown
};

/// Routes requests to the Cloud API callbacks, the inbox, the API and the health pages. Lives on the loop's thread.
class Front : public ports::HttpHandler {
 public:
  struct Parts {
    CloudApi& cloud_api;
    Endpoints& endpoints;
    Dispatcher& dispatcher;
    Journal& journal;
    ports::Store& store;
    ports::Crypto& crypto;
    ports::Clock& clock;
    Routes& routes;
    Counters& counters;
    LatencyHistogram& latency;
    Inbox* inbox;  ///< null = none
  };
  Front(Parts parts, FrontSettings settings);

  std::size_t body_max(std::string_view method, std::string_view path) override;
  void handle(ports::IncomingRequest request, ports::Respond respond) override;

  void set_stopping() { stopping_ = true; }

 private:
  static constexpr std::size_t kEndpointsShown = 200;  ///< with labels of their own in /metrics, or looked at for their lag

  // front_api.cc
  void api(const ports::IncomingRequest& request, const ports::Respond& respond);
  void api_callbacks(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);

  // front_endpoints.cc
  void api_endpoints(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);
  void api_all_endpoints(const ports::IncomingRequest& request, const ports::Respond& respond);
  void api_endpoint_part(const ports::IncomingRequest& request, const std::string& id, std::string_view part,
                         const ports::Respond& respond);
  void api_ended(const ports::IncomingRequest& request, const std::string& id, const ports::Respond& respond);
  Endpoints::Done endpoint_answer(int status, const ports::Respond& respond) const;

  // front_events.cc
  void api_events(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);
  void api_trace(const ports::IncomingRequest& request, const ports::Respond& respond);

  // front_parked.cc
  struct Repair {
    bool drop = false;
    ports::ParkedFilter filter;
    std::string note;
    std::vector<EndpointNo> endpoints;  ///< one after another
    std::size_t at = 0;
    std::uint64_t handled = 0;
  };
  void api_parked(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);
  struct ParkedList;
  void name_parked(const std::shared_ptr<ParkedList>& list);
  Result<Repair> read_repair(json::Value body, bool drop) const;
  void repair_parked(const ports::IncomingRequest& request, bool drop, const ports::Respond& respond);
  void repair_next(const std::shared_ptr<Repair>& repair, const ports::Respond& respond);

  // front_health.cc
  struct Watched {
    std::shared_ptr<const EndpointTarget> target;
    EndpointGlance glance;
  };
  using ParkedCounts = std::map<EndpointNo, std::uint64_t>;
  /// Endpoints that are not deleted, the largest backlog first.
  std::vector<Watched> watched() const;
  /// null = the store could not tell.
  void with_parked(std::function<void(const ParkedCounts*)> then) const;
  void ready(const ports::Respond& respond) const;
  void metrics(const ports::Respond& respond) const;
  ports::OutgoingResponse metrics_text(const ParkedCounts* parked) const;
  void append_endpoint_gauges(std::string& out, const ParkedCounts* parked) const;

  /// Why the request may not use the API; empty = it may.
  std::string refusal(const ports::IncomingRequest& request, int& status) const;

  Parts parts_;
  FrontSettings settings_;
  json::Document parser_;
  Tracer tracer_;
  bool repairing_ = false;  // parked deliveries are being resumed or dropped
  bool stopping_ = false;
};

}  // namespace chasqui
