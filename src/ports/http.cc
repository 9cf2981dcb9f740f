#include "ports/http.h"

namespace chasqui::ports {

std::string_view word(SendError error) {
  switch (error) {
    case SendError::none:
      return "none";
    case SendError::resolve:
      return "resolve";
    case SendError::connect:
      return "connect";
    case SendError::tls:
      return "tls";
    case SendError::write:
      return "write";
    case SendError::reset:
      return "reset";
    case SendError::timeout:
      return "timeout";
    case SendError::bad_response:
      return "bad_response";
    case SendError::shut_down:
      return "shut_down";
    case SendError::local:
      return "local";
  }
  return "none";
}

}  // namespace chasqui::ports
