// The endpoints of this gateway: made, changed and removed at run time, stored, and handed to routing and delivery.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/dispatcher.h"
#include "app/endpoint.h"
#include "app/journal.h"
#include "app/routes.h"

namespace chasqui {

/// Lives on the loop's thread. A change is durable before it takes effect, and hot: nothing restarts (P7).
class Endpoints {
 public:
  using Done = std::function<void(Result<EndpointSettings>)>;
  static constexpr std::string_view kEnvironmentId = "ep_env";
  static constexpr std::size_t kCountMax = 5000;
  static constexpr std::chrono::hours kKeptFor{7 * 24};  ///< a deleted endpoint's backlog

  Endpoints(Journal& journal, Routes& routes, Dispatcher& dispatcher, ports::Crypto& crypto, ports::Clock& clock,
            ports::Dice& dice);

  /// @return corrupt when a stored endpoint cannot be read.
  Status restore(const std::vector<ports::ConfigRow>& config);
  /// Tells of an endpoint by its number; `deleted` too. Empty for a number that was never given out.
  std::string id_of(EndpointNo no) const;
  /// From an API body. Its `dialect` member chooses the defaults.
  void create(json::Value body, Done done);
  /// Members that are given replace the old ones. `dialect` cannot be changed here.
  void change(const std::string& id, json::Value body, Done done);
  /// Its backlog is kept for kKeptFor, in which `restore_deleted` brings it back; then it ends, counted (semantics 9).
  void remove(const std::string& id, Done done);
  void restore_deleted(const std::string& id, Done done);
  /// The gateway itself pauses it, with a reason; a person resumes it.
  void pause(const std::string& id, std::string reason);
  /// Ends what tombstones have kept for long enough. Call now and then.
  void expire_tombstones();
  /// Makes or replaces an endpoint that the operator defined (environment, demo): same id, same place in the journal.
  void ensure(EndpointSettings settings, Done done);

  /// nullptr when there is none, or it was deleted.
  const EndpointSettings* find(const std::string& id) const;
  std::vector<const EndpointSettings*> list() const;
  /// As find and list, tombstones too, with what is derived from the settings.
  std::shared_ptr<const EndpointTarget> find_any(const std::string& id) const;
  std::vector<std::shared_ptr<const EndpointTarget>> all() const;

 private:
  void store(EndpointSettings settings, Done done);
  void apply(std::shared_ptr<const EndpointTarget> target);
  void reroute();

  Journal& journal_;
  Routes& routes_;
  Dispatcher& dispatcher_;
  ports::Crypto& crypto_;
  ports::Clock& clock_;
  ports::Dice& dice_;
  std::map<std::string, std::shared_ptr<const EndpointTarget>> by_id_;  // tombstones too
  std::uint32_t last_no_ = 0;
};

}  // namespace chasqui
