#include "bench/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace chasqui::bench {
namespace {

constexpr int kPollPauseUs = 10'000;  // between looks at a child that was asked to end

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

[[noreturn]] void become(const Command& command) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to(command.core);
  if (command.files_max > 0) {
    const rlimit limit{static_cast<rlim_t>(command.files_max), static_cast<rlim_t>(command.files_max)};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  std::vector<char*> words;
  for (const auto& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  _exit(127);
}

// A line of /proc/<pid>/status in MiB, such as "VmHWM:".
double status_mib(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(file, line))
    if (line.rfind(name, 0) == 0) return std::atof(line.c_str() + name.size()) / 1024;
  return 0;
}

}  // namespace

Process::Process(const Command& command) {
  pid_ = fork();
  if (pid_ == 0) become(command);
}

Process::~Process() { kill_nine(); }

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill_nine();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

void Process::stop(std::chrono::milliseconds patience) {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  for (auto left = patience; left.count() > 0 && running(); left -= std::chrono::milliseconds(kPollPauseUs / 1000))
    usleep(kPollPauseUs);
  kill_nine();
}

void Process::kill_nine() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Process::freeze() { ::kill(pid_, SIGSTOP); }

void Process::thaw() { ::kill(pid_, SIGCONT); }

bool Process::running() {
  if (pid_ < 0) return false;
  if (waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

double Process::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  if (text.empty()) return 0;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Process::rss_mib() const { return status_mib(pid_, "VmRSS:"); }

double Process::rss_peak_mib() const { return status_mib(pid_, "VmHWM:"); }

GatewayProcess::GatewayProcess(std::map<std::string, std::string> environment, int core, int files_max)
    : command_{{CHASQUI_PROGRAM, "serve"}, std::move(environment), core, files_max}, port_(free_port()) {
  command_.environment["PORT"] = std::to_string(port_);
  if (std::getenv("CHASQUI_LOG_LEVEL") == nullptr) command_.environment.emplace("CHASQUI_LOG_LEVEL", "error");
}

void GatewayProcess::launch() { process_ = Process(command_); }

bool GatewayProcess::is_ready() const { return call(port_, "GET", "/health/ready").status == 200; }

std::string GatewayProcess::make_endpoint(const std::string& json) const {
  const Reply reply = call(port_, "POST", "/api/v1/endpoints", json);
  if (reply.status != 201) {
    std::fprintf(stderr, "the gateway refused an endpoint: %d %s\n", reply.status, reply.body.c_str());
    std::exit(2);
  }
  const auto at = reply.body.find("\"id\":\"");
  const auto begin = at == std::string::npos ? reply.body.size() : at + 6;
  return reply.body.substr(begin, reply.body.find('"', begin) - begin);
}

std::optional<double> GatewayProcess::metric(const std::string& name) const {
  const std::string text = call(port_, "GET", "/metrics").body;
  const auto at = text.find("\n" + name + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::atof(text.c_str() + at + name.size() + 2);
}

void pin_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(core), &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Source: proc(5), /proc/stat: user nice system idle iowait irq softirq steal, in ticks.
double busy_seconds_of(int core) {
  std::ifstream file("/proc/stat");
  const std::string wanted = "cpu" + std::to_string(core);
  std::string line, name;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    fields >> name;
    if (name != wanted) continue;
    double ticks[8] = {};
    for (double& n : ticks) fields >> n;
    return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return 0;
}

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::exit(2);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

Reply call(std::uint16_t port, const std::string& method, const std::string& path, const std::string& body) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = loopback(port);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = method + " " + path +
                                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n" +
                                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
      char chunk[65536];
      for (ssize_t n = read(fd, chunk, sizeof chunk); n > 0; n = read(fd, chunk, sizeof chunk))
        answer.append(chunk, static_cast<std::size_t>(n));
    }
  }
  close(fd);
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  return {std::atoi(answer.c_str() + 9), answer.substr(end + 4)};
}

}  // namespace chasqui::bench
