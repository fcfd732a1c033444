"""Pages for people: server-rendered, complete without scripts. Read `page` (what a page declares), `guard` (who is asking), `site`.

hub         what the console needs of the hub: it reads by the same rooms as the commands, and acts through the one writer
page        a page declares itself once: address, question, right, leaf; what nobody declared does not route
guard       sessions, forms that belong to them, origins; whoever may not see a page is told what everybody is told
site        all of it as one ASGI application, with the headers that keep a browser careful
render      templates, times, words of state; `plots` draws numbers as SVG
pages/      one module a group of pages
templates/  what they look like; static/ has one stylesheet and one small script of our own
"""
