// What a dialect is: the names, envelopes, headers and defaults of one family of receivers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/delivery/retry.h"
#include "core/event/event.h"
#include "core/result.h"

namespace chasqui {

/// A set of a dialect's event names, one bit each, in the order of Dialect::event_names().
using NameSet = std::uint64_t;

using Headers = std::vector<std::pair<std::string, std::string>>;

/// How a request of this dialect is signed with the endpoint's key; the flow computes it over the exact body.
struct SignatureRule {
  enum class Mac : std::uint8_t { none, hmac_sha256, hmac_sha512 };
  Mac mac = Mac::none;
  std::string header;  ///< gets `prefix` + lower-case hex
  std::string prefix;
  Headers beside;  ///< sent only when there is a key, behind the signature
};

/// What rendering may depend on besides the event. Stored by revision at append, so that a body rendered after a restart
/// or an upgrade is the same to the byte (semantics 13).
struct SessionContext {
  std::string session;          ///< the session's name
  std::string engine;           ///< as WAHA names it: NOWEB, …
  std::string product_version;  ///< the dialect version that the gateway speaks, e.g. 2026.8.2
  std::string platform;         ///< linux/x64
  std::string worker_id;        ///< empty = none
  Party me;                     ///< the session's own number
  std::map<std::string, std::string> metadata;  ///< of the session's configuration

  bool operator==(const SessionContext&) const = default;
  template <class V, class T>
  static void fields(V& v, T& c) {
    v("session", c.session);
    v("engine", c.engine);
    v("product_version", c.product_version);
    v("platform", c.platform);
    v("worker_id", c.worker_id);
    v("me", c.me);
    v("metadata", c.metadata);
  }
};

/// Settings of one endpoint that change what is rendered. Part of the endpoint's stored configuration.
struct RenderOptions {
  std::string profile;  ///< of WAHA: "current" (also when empty) or "legacy"

  bool operator==(const RenderOptions&) const = default;
  template <class V, class T>
  static void fields(V& v, T& o) {
    v("profile", o.profile);
  }
};

struct RenderContext {
  const SessionContext& session;
  const RenderOptions& options;
  std::string_view endpoint_id;  ///< for ids that are unique per delivery
  NameSet wanted = 0;            ///< the endpoint's subscription
};

/// One HTTP request, but for what the endpoint adds: URL, custom headers, signature.
struct Request {
  std::string part;        ///< stable name within the event: the dialect's event name, e.g. `message.any`
  std::string method = "POST";
  std::string url_suffix;  ///< appended to the endpoint's path
  Headers headers;         ///< of this dialect, in its order; none of them may be replaced by custom headers
  std::string body;
};

/// A family of receivers and the JSON that they expect. Stateless; lives as long as the program.
class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const = 0;  ///< as in an endpoint's settings: "waha"
  /// Every name that a subscription may use, at most 64; the place of a name is its bit.
  virtual const std::vector<std::string_view>& event_names() const = 0;
  /// The set that a subscription list means, wildcards and aliases resolved.
  /// @return invalid_input naming the word that is unknown.
  virtual Result<NameSet> subscription(const std::vector<std::string>& names, const RenderOptions& options) const = 0;
  /// The names under which this dialect tells of `event`; 0 when it has no word for it.
  virtual NameSet names_of(const Event& event, const RenderOptions& options) const = 0;
  /// Same event and context, same bytes, always. One request per wanted name, in sending order.
  virtual std::vector<Request> render(const Event& event, const RenderContext& context) const = 0;
  /// Headers of every request that a custom header may replace (WAHA: User-Agent, Accept).
  virtual Headers default_headers() const = 0;
  virtual SignatureRule signature() const = 0;
  virtual RetryPolicy default_retry() const = 0;
  virtual Millis default_timeout() const = 0;
  /// Complains about options that this dialect does not have.
  virtual Status check(const RenderOptions& options) const = 0;
};

}  // namespace chasqui
