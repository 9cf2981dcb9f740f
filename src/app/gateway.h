// The whole flow, put together: give it the world (ports) and it is a gateway.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/cloud_api.h"
#include "app/dispatcher.h"
#include "app/endpoints.h"
#include "app/front.h"
#include "app/inbox.h"
#include "app/ingest.h"
#include "app/journal.h"
#include "app/routes.h"
#include "app/sessions.h"

namespace chasqui {

struct GatewaySettings {
  JournalLimits journal;
  DispatcherLimits dispatcher;
  SessionDefaults sessions;
  FrontSettings front;
  std::vector<EndpointSettings> operator_endpoints;  ///< of the environment and the demo, with fixed ids
  std::vector<CloudApiCallback> callbacks;           ///< of the environment
  std::optional<std::string> inbox_key;              ///< set = the inbox is there, its senders sign with this
};

/// Built in the order of its members, destroyed in reverse. Lives on the loop's thread.
class Gateway {
 public:
  struct World {
    ports::Store& store;
    ports::HttpClient& http;
    ports::Loop& loop;
    ports::Timers& timers;
    ports::Clock& clock;
    ports::Dice& dice;
    ports::Crypto& crypto;
    ports::Log& log;
  };

  Gateway(World world, GatewaySettings settings);

  /// Opens the store (which blocks), takes up where the last life ended, and begins to send. `ready` is called once: with
  /// success when the operator's endpoints are durable, so that no event can come before them; or with what the store or a
  /// setting has to complain about, and then nothing may be asked of the gateway any more.
  void start(std::function<void(Status)> ready);
  /// Takes nothing new, waits for what is under way, saves the cursors, closes the store, then calls `done`. A graceful
  /// stop repeats no delivery.
  void stop(ports::Task done);

  ports::HttpHandler& handler() { return front_; }
  Inbox* inbox() { return inbox_ ? &*inbox_ : nullptr; }
  const Counters& counters() const { return counters_; }
  Dispatcher& dispatcher() { return dispatcher_; }
  Endpoints& endpoints() { return endpoints_; }
  Journal& journal() { return journal_; }

 private:
  Status restore();
  void ensure_operator_endpoints(std::function<void(Status)> ready);
  void finish(ports::Task done);

  World world_;
  GatewaySettings settings_;
  Counters counters_;
  LatencyHistogram latency_;
  Journal journal_;
  SessionBook sessions_;
  Routes routes_;
  Dispatcher dispatcher_;
  Endpoints endpoints_;
  Ingest ingest_;
  CloudApi cloud_api_;
  std::optional<Inbox> inbox_;
  Front front_;
  bool started_ = false;
  bool stopping_ = false;
};

}  // namespace chasqui
