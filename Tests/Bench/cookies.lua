-- Sends each request with the next cookie of the file that COOKIES names.
local requests = {}
local at = 0

function init()
    for cookie in io.lines(os.getenv("COOKIES")) do
        requests[#requests + 1] = wrk.format("GET", nil, { ["Host"] = wrk.headers["Host"], ["Cookie"] = "__Host-gatehouse=" .. cookie })
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
