#include "app/sessions.h"

#include <algorithm>

#include "core/json/value.h"

namespace chasqui {
namespace {

constexpr std::size_t kNameMax = 54;

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

template <class T>
std::string to_json(const T& listed) {
  std::string out;
  json::FieldWriter(out).value(listed);
  return out;
}

// What a session row's JSON holds.
struct SessionRecord {
  std::string engine, key;
  Party me;
  bool announced = false;

  template <class V, class T>
  static void fields(V& v, T& r) {
    v("engine", r.engine);
    v("key", r.key);
    v("me", r.me);
    v("announced", r.announced);
  }
};

}  // namespace

std::string session_name_from(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, kNameMax)) name.push_back(name_character(c) ? c : '_');
  const auto first = name.find_first_not_of('_');
  if (first == std::string::npos) return "session";
  return name.substr(first, name.find_last_not_of('_') - first + 1);
}

SessionBook::SessionBook(SessionDefaults defaults, Journal& journal, ports::Dice& dice)
    : defaults_(std::move(defaults)), journal_(journal), dice_(dice) {}

void SessionBook::restore(const std::vector<ports::SessionRow>& sessions, const std::vector<ports::InternedContext>& contexts) {
  json::Document parser;
  for (const auto& row : contexts) {
    const auto number = static_cast<std::size_t>(row.no);
    contexts_.resize(std::max(contexts_.size(), number));
    contexts_by_json_[row.json] = row.no;
    if (const auto object = parser.parse(row.json)) {
      json::FieldReader reader(*object);
      SessionContext::fields(reader, contexts_[number - 1]);
    }
  }
  for (const auto& row : sessions) {
    SessionRecord record;
    if (const auto object = parser.parse(row.json)) {
      json::FieldReader reader(*object);
      SessionRecord::fields(reader, record);
    }
    Session session{row.no, row.uid, row.name, {record.engine, record.key, record.me.phone}, record.me, {}, record.announced};
    refresh(session);
    sessions_.emplace(record.engine + "/" + record.key, std::move(session));
  }
}

Session& SessionBook::find_or_make(const SessionAddress& address) {
  key_.assign(address.engine).append("/").append(address.key);
  auto it = sessions_.find(key_);
  const bool made = it == sessions_.end();
  if (made) {
    Session session;
    session.no = SessionNo{static_cast<std::uint32_t>(sessions_.size() + 1)};
    session.uid = EventId::make(0, dice_.id_tail().data()).text().substr(10);
    session.name = free_name(address);
    session.address = address;
    it = sessions_.emplace(key_, std::move(session)).first;
  }
  Session& session = it->second;
  if (made || (!address.display_phone.empty() && session.address.display_phone != address.display_phone)) {
    if (!address.display_phone.empty()) {
      session.address.display_phone = address.display_phone;
      session.me = {};
      session.me.kind = PartyKind::business;
      session.me.phone = digits_of(address.display_phone);
    }
    refresh(session);
    store(session);
  }
  return session;
}

const SessionContext* SessionBook::context(ContextNo no) const {
  const auto number = static_cast<std::size_t>(no);
  return number == 0 || number > contexts_.size() ? nullptr : &contexts_[number - 1];
}

ContextNo SessionBook::intern(const SessionContext& context) {
  std::string json = to_json(context);
  if (const auto known = contexts_by_json_.find(json); known != contexts_by_json_.end()) return known->second;
  contexts_.push_back(context);
  const ContextNo no{static_cast<std::uint32_t>(contexts_.size())};
  contexts_by_json_.emplace(json, no);
  journal_.context({no, std::move(json)});
  return no;
}

void SessionBook::refresh(Session& session) {
  session.context = intern(
      {session.name, defaults_.engine, defaults_.product_version, defaults_.platform, defaults_.worker_id, session.me, {}});
}

void SessionBook::store(const Session& session) {
  // Announced from now on: the status event is made in the same batch as this row, or neither is stored.
  const SessionRecord record{session.address.engine, session.address.key, session.me, true};
  journal_.session({session.no, session.uid, session.name, to_json(record)});
}

std::string SessionBook::free_name(const SessionAddress& address) const {
  const auto chosen = defaults_.names.find(address.key);
  const std::string base = chosen != defaults_.names.end() ? chosen->second : session_name_from(address.key);
  const auto taken = [this](const std::string& name) {
    return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.second.name == name; });
  };
  std::string name = base;
  for (int n = 2; taken(name); ++n) {
    const std::string suffix = "-" + std::to_string(n);
    name = base.substr(0, kNameMax - suffix.size()) + suffix;
  }
  return name;
}

}  // namespace chasqui
