// The one listener's first step: who may ask, and who answers.
#pragma once

#include <memory>
#include <string>

#include "app/cloud_api.h"
#include "app/endpoints.h"
#include "app/inbox.h"
#include "ports/http.h"

namespace chasqui {

struct FrontSettings {
  std::string api_key;  ///< empty = open, which main allows on loopback only
  std::string version;
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
    Counters& counters;
    Inbox* inbox;  ///< null = none
  };
  Front(Parts parts, FrontSettings settings);

  std::size_t body_max(std::string_view method, std::string_view path) override;
  void handle(ports::IncomingRequest request, ports::Respond respond) override;

  void set_stopping() { stopping_ = true; }

 private:
  void api(const ports::IncomingRequest& request, const ports::Respond& respond);
  void api_endpoints(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);
  void api_callbacks(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);
  void api_events(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond);
  void api_parked(const ports::IncomingRequest& request, const ports::Respond& respond);
  void show_endpoint(const EndpointSettings& settings, int status, const ports::Respond& respond) const;
  ports::OutgoingResponse ready() const;
  ports::OutgoingResponse metrics() const;
  /// Why the request may not use the API; empty = it may.
  std::string refusal(const ports::IncomingRequest& request, int& status) const;

  Parts parts_;
  FrontSettings settings_;
  json::Document parser_;
  bool stopping_ = false;
};

}  // namespace chasqui
