"""A guardian's client: lives through a day with a gateway and prints what it sees.

Usage: guardian.py JID PASSWORD HOST PORT CERTIFICATE CHILD GATEWAY
Each step is a line of JSON: its name, and what came of it. After "offline" it waits for a line on its standard input
before it signs in again.
"""

import asyncio
import hashlib
import json
import sys

import slixmpp
from slixmpp.exceptions import IqError

PATIENCE = 20


def client(jid, password, certificate):
    c = slixmpp.ClientXMPP(jid, password)
    c.ca_certs = certificate
    c.auto_authorize = None
    c.auto_subscribe = False
    for plugin in ("0004", "0030", "0050", "0054", "0066", "0085", "0092", "0153", "0172", "0184", "0199", "0308", "0333"):
        c.register_plugin("xep_" + plugin)
    # Its own vCard is of no interest here, and asking for it only takes time.
    c.plugin.disable("xep_0153")
    return c


def connect(c, host, port):
    # Neither connect's arguments nor process are the same in slixmpp 1.8 and 1.10; the loop is.
    try:
        c.connect((host, int(port)))
    except TypeError:
        c.connect(host, int(port))


def tell(step, *said):
    print(json.dumps([step, *said], ensure_ascii=False), flush=True)


class Day:
    def __init__(self, c, child, gateway):
        self.c, self.child, self.gateway = c, child, gateway
        self.came = asyncio.Queue()
        for event in ("message", "message_error", "presence_subscribed", "presence_available", "presence_unavailable",
                      "receipt_received"):
            c.add_event_handler(event, lambda stanza, event=event: self.came.put_nowait((event, stanza)))

    async def wait(self, *events):
        while True:
            event, stanza = await asyncio.wait_for(self.came.get(), PATIENCE)
            if event in events and stanza["from"].bare == self.child:
                return stanza

    def say(self, body, **more):
        m = self.c.make_message(mto=self.child, mbody=body, mtype="chat")
        for name, value in more.items():
            m[name]["id" if name == "replace" else "url"] = value
        m.send()
        return m["id"]

    async def subscribe(self):
        self.c.send_presence_subscription(self.child)
        await self.wait("presence_subscribed")
        there = await self.wait("presence_available")
        photo = there.xml.findtext("{vcard-temp:x:update}x/{vcard-temp:x:update}photo")
        card = (await self.c["xep_0054"].get_vcard(self.child, timeout=PATIENCE))["vcard_temp"]
        tell("card", card["FN"], hashlib.sha1(card["PHOTO"]["BINVAL"]).hexdigest() == photo)

    async def chat(self):
        first = self.say("Kommer nå")
        receipt = await self.wait("receipt_received")
        tell("receipt", receipt["receipt"] == first)
        self.say("Kommer kl. 5", replace=first)
        self.say("https://upload.example/bilde.jpg", oob="https://upload.example/bilde.jpg")
        answer = await self.wait("message")
        tell("answer", answer["body"])
        self.c["xep_0333"].send_marker(answer["from"], answer["id"], "displayed", mfrom=self.c.boundjid)

    async def words(self):
        self.c.send_message(mto=self.gateway, mbody="hjelp", mtype="chat")
        while True:
            event, stanza = await asyncio.wait_for(self.came.get(), PATIENCE)
            if event == "message" and stanza["from"].bare == self.gateway:
                tell("words", stanza["body"])
                return

    async def error(self):
        self.say("for langt")
        error = await self.wait("message_error")
        tell("error", error["error"]["condition"], error["error"]["text"])

    async def command(self):
        listed = await self.c["xep_0050"].get_commands(self.gateway, timeout=PATIENCE)
        tell("commands", sorted(item[1] for item in listed["disco_items"]["items"]))
        asked = await self.c["xep_0050"].send_command(self.gateway, "mute", action="execute", timeout=PATIENCE)
        form = asked["command"]["form"]
        tell("form", form["instructions"], list(form.get_fields()))
        filled = self.c["xep_0004"].make_form(ftype="submit")
        filled.add_field(var="child", value="emma")
        filled.add_field(var="until", value="21")
        done = await self.c["xep_0050"].send_command(
            self.gateway, "mute", action="complete", payload=[filled], sessionid=asked["command"]["sessionid"],
            timeout=PATIENCE)
        tell("done", done["command"]["status"], done["command"]["notes"][0][1])
        try:
            await self.c["xep_0050"].send_command(self.gateway, "unheard", action="execute", timeout=PATIENCE)
        except IqError as error:
            tell("unheard", error.condition)


async def signed_in(c):
    ready = asyncio.get_running_loop().create_future()
    c.add_event_handler("session_start", lambda _: ready.set_result(None))
    await asyncio.wait_for(ready, PATIENCE)
    await c.get_roster()


async def main():
    jid, password, host, port, certificate, child, gateway = sys.argv[1:]
    c = client(jid, password, certificate)
    day = Day(c, child, gateway)
    connect(c, host, port)
    await signed_in(c)
    c.send_presence()
    await day.subscribe()
    await day.chat()
    await day.error()
    await day.command()
    await day.words()
    c.disconnect()
    await asyncio.wait_for(c.disconnected, PATIENCE)
    tell("offline")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    c = client(jid, password, certificate)
    day = Day(c, child, gateway)
    connect(c, host, port)
    await signed_in(c)
    c.send_presence()
    while True:
        event, stanza = await asyncio.wait_for(day.came.get(), PATIENCE)
        if event == "message" and stanza["from"].bare == child:
            tell("late", stanza["body"])
            break
    c.update_roster(child, subscription="remove")
    c.disconnect()
    await asyncio.wait_for(c.disconnected, PATIENCE)


asyncio.get_event_loop_policy().get_event_loop().run_until_complete(main())
