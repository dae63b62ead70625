-- Deliveries for wrk: one body, each with an id and a signature of its own, as benches/listen.py wrote them.
local head, before, after, signed = "", "", "", ""
local at, step, length = 0, 0, 0
local threads = 0

local function read(name)
   local file = assert(io.open(os.getenv("DELIVERIES") .. "/" .. name, "rb"))
   local text = file:read("*a")
   file:close()
   return text
end

function setup(thread)
   thread:set("place", threads)
   threads = threads + 1
end

-- Each thread sends deliveries of its own.
function init()
   before, after, signed = read("before"), read("after"), read("signed")
   at, step, length = place, tonumber(os.getenv("THREADS")), #signed / 80
   head = "POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: wrk\r\nContent-Type: application/json\r\n"
      .. "Content-Length: " .. (#before + 16 + #after) .. "\r\nX-Superfolio-Signature: "
end

-- 16 characters of an id, then 64 of the signature.
function request()
   local from = at * 80
   at = (at + step) % length
   return head .. signed:sub(from + 17, from + 80) .. "\r\n\r\n" .. before .. signed:sub(from + 1, from + 16) .. after
end
