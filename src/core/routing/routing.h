// Which endpoints an event goes to.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/dialect/dialect.h"

namespace chasqui {

/// What routing knows of an endpoint.
struct Subscriber {
  EndpointNo endpoint{};
  const Dialect* dialect = nullptr;
  RenderOptions options;
  NameSet wanted = 0;
  std::string session;  ///< only events of this session; empty = of all
  bool disabled = false;  ///< a person wants it to get nothing: what it would have got is counted
};

/// Decides for all endpoints at once. Endpoints that share dialect and options are asked together, so that a thousand of them
/// cost a comparison of bits each. Immutable.
class Router {
 public:
  explicit Router(std::vector<Subscriber> subscribers);

  struct Route {
    std::vector<EndpointNo> endpoints;  ///< ascending
    std::uint32_t skipped = 0;          ///< wanted by endpoints that a person disabled
    std::uint32_t filtered = 0;         ///< in scope, with a word for the event, and not subscribed to it
    std::uint32_t no_counterpart = 0;   ///< in scope, and their dialect has no word for it
  };
  Route route(const Event& event) const;

 private:
  struct Member {
    EndpointNo endpoint;
    NameSet wanted;
    bool disabled;
  };
  // Members of one dialect with the same options; those of all sessions, and those of one each.
  struct Group {
    const Dialect* dialect;
    RenderOptions options;
    std::vector<Member> everywhere;
    std::unordered_map<std::string, std::vector<Member>> by_session;
  };

  std::vector<Group> groups_;
};

}  // namespace chasqui
