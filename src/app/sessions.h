// Sessions by the address that their source gives, and the render contexts that bodies need.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/journal.h"
#include "core/dialect/dialect.h"
#include "core/source/source.h"
#include "ports/loop.h"
#include "ports/store.h"

namespace chasqui {

/// What is true of every session of this process; part of each render context.
struct SessionDefaults {
  std::string engine = "NOWEB";  ///< WHATSAPP_DEFAULT_ENGINE
  std::string product_version;
  std::string platform;
  std::string worker_id;
  std::map<std::string, std::string> names;  ///< session names chosen by the user, by address key
};

struct Session {
  SessionNo no{};
  std::string uid;  ///< part of event ids; never reused
  std::string name;
  SessionAddress address;
  Party me;
  ContextNo context{};
  bool announced = false;  ///< whether its `session.status` has been made
};

/// Finds sessions, makes them at the first event of an unknown address, and keeps their contexts. Rows that are new are
/// given to the journal, ahead of the events that refer to them. Lives on the loop's thread.
class SessionBook {
 public:
  SessionBook(SessionDefaults defaults, Journal& journal, ports::Dice& dice);

  void restore(const std::vector<ports::SessionRow>& sessions, const std::vector<ports::InternedContext>& contexts);
  /// The session of `address`; its own number becomes known here. The reference lives until the next call.
  Session& find_or_make(const SessionAddress& address);
  /// Contexts are kept for as long as the process lives. nullptr for a number that was never given out.
  const SessionContext* context(ContextNo no) const;
  std::size_t size() const { return sessions_.size(); }

 private:
  ContextNo intern(const SessionContext& context);
  void refresh(Session& session);
  void store(const Session& session);
  std::string free_name(const SessionAddress& address) const;

  SessionDefaults defaults_;
  Journal& journal_;
  ports::Dice& dice_;
  std::map<std::string, Session, std::less<>> sessions_;  // by engine + "/" + key
  std::map<std::string, ContextNo> contexts_by_json_;
  std::vector<SessionContext> contexts_;  // by number, from 1
  std::string key_;                       // scratch for look-ups
};

/// The characters that WAHA allows in a session name, at most 54 of them (its documentation, 2026-07); others become `_`.
std::string session_name_from(std::string_view text);

}  // namespace chasqui
