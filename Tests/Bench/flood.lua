-- Sign-ins, each with another name and, as far as X-Forwarded-For tells, from another address; with a password that is
-- wrong. Each connection waits DELAY milliseconds, more or less, before the next one.
local wait = tonumber(os.getenv("DELAY"))
local secret = os.getenv("SECRET")
local threads = {}
answers = {}

function setup(thread)
    threads[#threads + 1] = thread
end

function init()
    math.randomseed(os.time())
    for _, status in ipairs({ 200, 303, 401, 403, 429, 503 }) do answers[status] = 0 end
end

function delay()
    return wait * (0.5 + math.random())
end

function request()
    local body = string.format("csrf=%s&username=somebody%d&password=wrong+horse+battery", secret, math.random(1e9))
    return wrk.format("POST", nil, {
        ["Host"] = wrk.headers["Host"],
        ["Content-Type"] = "application/x-www-form-urlencoded",
        ["Cookie"] = "__Host-gatehouse-csrf=" .. secret,
        ["X-Forwarded-For"] = string.format("%d.%d.%d.%d", math.random(1, 99), math.random(0, 255), math.random(0, 255),
            math.random(1, 254)),
    }, body)
end

function response(status)
    answers[status] = (answers[status] or 0) + 1
end

function done(summary, latency, requests)
    local text = {}
    for _, thread in ipairs(threads) do
        for status, count in pairs(thread:get("answers")) do
            if count > 0 then text[#text + 1] = status .. "=" .. count end
        end
    end
    io.write(string.format("RESULT requests=%d seconds=%.3f p50=%d p99=%d %s\n",
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
        table.concat(text, " ")))
end
