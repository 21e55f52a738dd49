# -*- coding: utf-8 -*-
# Reports of progress: what the server hears and in which order, and that no answer to them ever changes a run.
import json
import os
import signal
import subprocess
import threading
import unittest

from harness import (
    PYTHON, EapiRefusal, FolderTest, Http, Switch, read_if_there, refuse, site, snapshot, wait_until, write,
    write_program,
)  # fmt: skip

EVENTS = '/nodes/JPE14140001/events'
CONFIGURE = 'def main(attributes):\n    attributes.get("NODE").append_startup_config_lines(["hostname new"])\n'
CHATTY = '''
def main(attributes):
    node = attributes.get('NODE')
    node.log_msg('one\\ntwo')
    node.log_msg(u'caf\\xe9', error=True)
    return 'odd'
'''
FAIL = 'def main(attributes):\n    raise RuntimeError("no luck")\n'


class Collector(object):
    """Answers reports and keeps what it took. `answers` are tried first, one for each report."""

    def __init__(self, http, *answers):
        self.answers = list(answers)
        self.bodies = []
        http.routes['POST ' + EVENTS] = self.take

    def take(self, handler, request):
        if self.answers:
            self.answers.pop(0)(handler, request)
            return
        body = json.loads(request.body.decode('utf-8'))
        self.bodies.append(body)
        handler.send(202, json.dumps({'accepted': len(body['events'])}), 'application/json')

    def events(self):
        return [event for body in self.bodies for event in body['events']]

    def of(self, *kinds):
        return [event for event in self.events() if event['type'] in kinds]

    def messages(self, *kinds):
        return [event['message'] for event in self.of(*kinds)]


def seqs(request):
    return [event['seq'] for event in json.loads(request.body.decode('utf-8'))['events']]


class ReportFixture(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.keep_signals()
        self.switch = Switch(self, self.folder)
        self.http = Http(self)
        self.client = self.load(self.http.url)
        self.arrived = os.path.join(self.folder, 'arrived')  # there once a report has arrived
        self.released = threading.Event()
        self.addCleanup(self.released.set)

    def site(self, actions, **sources):
        site(self.http, actions, sources=dict({'configure': CONFIGURE, 'fail': FAIL, 'chatty': CHATTY}, **sources))
        return Collector(self.http)

    def run_client(self, *arguments):
        return self.client.main(list(arguments))

    def keep_waiting(self, _handler, _request):
        """An answer that does not come."""
        write(self.arrived, '')
        self.released.wait()

    def after_arrival(self, answer):
        """An answer before which those learn of the report that wait for it."""
        return lambda handler, request: (write(self.arrived, ''), answer(handler, request))

    def wait_for_report(self, more=''):
        """An action that goes on once a report has arrived."""
        return (
            'import os, time\ndef main(attributes):\n    node = attributes.get("NODE")\n'
            '    while not os.path.exists(%r):\n        time.sleep(0.01)\n%s' % (self.arrived, more)
        )

    def start(self, **settings):
        """The client as a process of its own."""
        lines = ''.join('%s = %r\n' % item for item in settings.items())
        process = subprocess.Popen(
            [PYTHON, '-B', write_program(self.http.url, self.folder, lines)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process


class Content(ReportFixture):
    def test_a_run_of_several_actions_is_told_in_order(self):
        collector = self.site(
            [
                {'action': 'configure', 'onstart': 'starting to configure', 'onsuccess': u'that was caf\xe9'},
                {'action': 'chatty', 'name': 'say something'},
            ]
        )
        self.assertEqual(self.run_client(), 0)
        events = collector.events()
        for body in collector.bodies:
            self.assertEqual(sorted(body), ['events', 'run'])
            self.assertEqual(body['run'], 'run-1')
        self.assertEqual([event['seq'] for event in events], list(range(1, len(events) + 1)))
        for event in events:
            self.assertEqual(sorted(event), ['at', 'data', 'level', 'message', 'seq', 'type'])
            self.assertRegex(event['at'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')
        first = next(index for index, event in enumerate(events) if event['type'] == 'action-started')
        self.assertEqual(set(event['type'] for event in events[:first]), {'log'})
        self.assertIn('ztps-client %s' % self.client.VERSION, events[0]['message'])
        configure = {'index': 1, 'of': 2, 'action': 'configure'}
        chatty = {'index': 2, 'of': 2, 'action': 'chatty', 'name': 'say something'}
        self.assertEqual(
            [
                (event['type'], event['level'], event['message'], event['data'])
                for event in events[first:-1]
                if not event['message'].startswith('fetched ')
            ],
            [
                (
                    'action-started', 'info', 'starting to configure',
                    dict(configure, message='starting to configure'),
                ),
                ('action-succeeded', 'info', u'that was caf\xe9', dict(configure, message=u'that was caf\xe9')),
                ('action-started', 'info', 'action 2 of 2, chatty', chatty),
                ('log', 'info', 'one', {}),
                ('log', 'info', 'two', {}),
                ('log', 'error', u'caf\xe9', {}),
                ('log', 'warning', 'action chatty returned: odd', {}),
                ('action-succeeded', 'info', 'action 2 of 2, chatty, succeeded', chatty),
            ],
        )  # fmt: skip
        self.assertEqual(
            [event['message'] for event in events[first:] if event['message'].startswith('fetched ')],
            [line.split(': ', 1)[1] for line in self.lines if ': fetched ' in line],
        )
        last = events[-1]
        self.assertEqual((last['type'], last['level'], last['message']), ('completed', 'info', 'provisioned'))
        self.assertEqual(list(last['data']), ['duration'])
        self.assertGreaterEqual(last['data']['duration'], 0)

    def test_the_console_says_what_it_always_said(self):
        self.site([{'action': 'configure', 'onstart': 'begun', 'onsuccess': 'done', 'name': 'it'}])
        self.assertEqual(self.run_client(), 0)
        texts = [line.split(': ', 1)[1] for line in self.lines]
        where = texts.index('action 1 of 1: configure (it)')
        self.assertEqual([texts[where + 1], texts[-2], texts[-1]], ['begun', 'done', 'provisioned'])

    def test_a_report_is_a_request_like_the_others(self):
        self.site([{'action': 'configure'}])
        self.assertEqual(self.run_client(), 0)
        request = self.http.reports[0]
        self.assertEqual((request.method, request.path), ('POST', EVENTS))
        self.assertEqual(request.headers.get('Content-Type'), 'application/json')
        self.assertEqual(request.headers.get('User-Agent'), 'ztps-client/' + self.client.VERSION)
        self.assertEqual(request.headers.get('X-ZTPS-Node'), 'JPE14140001')
        self.assertEqual(request.headers.get('X-ZTPS-Run'), 'run-1')

    def test_a_failure_is_told_with_its_cause(self):
        collector = self.site([{'action': 'configure'}, {'action': 'fail', 'onfailure': 'call Joe'}])
        self.assertEqual(self.run_client(), 1)
        failed, end = collector.of('action-failed', 'failed')
        self.assertEqual(failed['level'], 'error')
        self.assertEqual(failed['message'], 'action 2 of 2, fail, failed: RuntimeError: no luck; call Joe')
        self.assertEqual(
            failed['data'],
            {'index': 2, 'of': 2, 'action': 'fail', 'cause': 'RuntimeError: no luck', 'message': 'call Joe'},
        )
        self.assertEqual(end, collector.events()[-1])
        self.assertEqual(end['level'], 'error')
        self.assertEqual(end['message'], 'FAILED: action fail failed: RuntimeError: no luck')
        self.assertEqual(end['data']['reason'], 'action fail failed: RuntimeError: no luck')
        self.assertGreaterEqual(end['data']['duration'], 0)
        self.assertEqual(collector.messages('completed'), [])
        logged = collector.messages('log')
        self.assertIn('flash is as it was', logged)
        for text in ('FAILED', 'call Joe', 'Traceback', 'action 2 of 2'):
            self.assertNotIn(text, '\n'.join(logged))
        self.assertIn('Traceback', self.output())

    def test_a_failure_without_a_failed_action_is_told_too(self):
        collector = self.site([{'action': 'chatty'}])
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(
            [event['data']['reason'] for event in collector.of('failed', 'action-failed')],
            ['the actions left no startup-config, or a blank one'],
        )

    def test_a_definition_that_can_not_be_had_is_told_unless_the_server_refused_it(self):
        collector = self.site([])
        self.http.json('/nodes/JPE14140001', {'actions': [{'action': None}]})
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(len(collector.messages('failed')), 1)
        self.http.json('/bootstrap/config', {'client': {'retries': 0}})
        self.http.routes['GET /nodes/JPE14140001'] = refuse(500)
        self.assertEqual(self.run_client(), 1)
        self.assertIn('500', collector.messages('failed')[1])

    def test_what_could_not_be_put_back_makes_the_run_a_failed_one(self):
        collector = self.site([{'action': 'configure'}])
        self.client.Flash.drop_aside = lambda *_, **__: ['/mnt/flash/x']
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(collector.messages('completed', 'failed'), ['FAILED: not put back: /mnt/flash/x'])

    def test_a_rehearsal_is_told_too(self):
        collector = self.site([{'action': 'configure'}])
        self.assertEqual(self.run_client('-n'), 0)
        self.assertEqual(collector.messages('completed'), ['provisioned (a rehearsal)'])

    def test_a_signal_is_told(self):
        before = snapshot(self.flash_folder)
        waiting = CONFIGURE + '    import time\n    time.sleep(600)\n'
        collector = self.site([{'action': 'wait', 'onfailure': 'oh'}], wait=waiting)
        process = self.start()
        wait_until(lambda: b'new' in read_if_there(os.path.join(self.flash_folder, 'startup-config')))
        process.send_signal(signal.SIGTERM)
        out = process.communicate()[0].decode('utf-8')
        self.assertEqual(process.returncode, 1, out)
        action, run = collector.of('action-failed', 'failed')
        self.assertEqual((action['data']['cause'], run['data']['reason']), ('stopped by SIGTERM',) * 2)
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_children_that_an_action_forks_do_not_speak_for_the_run(self):
        forks = (
            'import os\ndef main(attributes):\n    node = attributes.get("NODE")\n'
            '    for end in (None, SystemExit(0), ValueError()):\n        child = os.fork()\n        if child == 0:\n'
            '            node.log_msg("from a child")\n            if end:\n                raise end\n'
            '            return\n'
            '        os.waitpid(child, 0)\n    node.append_startup_config_lines(["hostname new"])\n'
        )
        collector = self.site([{'action': 'forks', 'onsuccess': 'done'}], forks=forks)
        process = self.start()
        out = process.communicate()[0].decode('utf-8')
        self.assertEqual(process.returncode, 0, out)
        self.assertEqual(out.count('from a child'), 3)
        self.assertNotIn('from a child', collector.messages('log'))
        self.assertEqual(
            [event['type'] for event in collector.events() if event['type'] != 'log'],
            ['action-started', 'action-succeeded', 'completed'],
        )
        self.assertEqual([event['seq'] for event in collector.events()], list(range(1, len(collector.events()) + 1)))


class Silence(ReportFixture):
    """When nothing is reported."""

    def test_what_the_server_refused_it_knows_and_its_400_carries_the_run(self):
        self.site([])
        found = []
        note_run = self.client.Server.note_run
        self.client.Server.note_run = lambda server, *more: (note_run(server, *more), found.append(server.run_id))
        self.http.routes['POST /nodes'] = refuse(400, headers={'X-ZTPS-Run': 'run-7'})
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(found, [None, 'run-7'])
        self.assertEqual(self.http.reports, [])

    def test_a_refused_definition_is_not_told(self):
        self.site([])
        self.http.routes['GET /nodes/JPE14140001'] = refuse(400)
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(self.http.reports, [])

    def test_a_server_that_gives_no_run_gets_no_report(self):
        for status in (201, 409):
            self.site([{'action': 'configure'}])
            self.http.routes['POST /nodes'] = refuse(status, headers={'Location': '/nodes/JPE14140001'})
            self.assertEqual(self.run_client(), 0)
            self.assertEqual(self.http.reports, [])
            self.assertIn('not everything was reported to the server: the server gave this run no id', self.lines[-1])

    def test_a_known_node_gets_its_run_from_the_409(self):
        collector = self.site([{'action': 'configure'}])
        self.http.routes['POST /nodes'] = refuse(409, headers={'Location': '/nodes/JPE14140001', 'X-ZTPS-Run': 'r2'})
        self.assertEqual(self.run_client(), 0)
        self.assertEqual(set(body['run'] for body in collector.bodies), {'r2'})

    def test_a_server_that_knows_no_reports_is_asked_once(self):
        for status in (404, 405):
            self.site([{'action': 'wait'}, {'action': 'chatty'}, {'action': 'configure'}], wait=self.wait_for_report())
            del self.http.reports[:]
            self.http.routes['POST ' + EVENTS] = self.after_arrival(refuse(status))
            self.assertEqual(self.run_client(), 0)
            self.assertEqual(len(self.http.reports), 1)
            self.assertIn(str(status), self.lines[-1])
            os.remove(self.arrived)

    def test_a_switch_that_can_start_no_thread_is_provisioned(self):
        self.site([{'action': 'configure'}])

        def broken(_thread):
            raise RuntimeError("can't start new thread")

        self.client.threading = type('Threading', (), {'Thread': type('T', (threading.Thread,), {'start': broken})})
        self.assertEqual(self.run_client(), 0)
        self.assertEqual(self.http.reports, [])
        self.assertIn("can't start new thread", self.lines[-1])


class Trouble(ReportFixture):
    """Servers that take reports badly."""

    def test_an_answer_that_does_not_come_holds_up_neither_the_run_nor_its_end_nor_is_a_second_report_sent(self):
        self.client.REPORT_TIMEOUT, self.client.REPORT_END_LIMIT = 600, 0.2
        self.site([{'action': 'wait'}, {'action': 'chatty'}, {'action': 'configure'}], wait=self.wait_for_report())
        self.http.routes['POST ' + EVENTS] = self.keep_waiting
        self.assertEqual(self.run_client(), 0)
        self.assertFalse(self.released.is_set())  # the answer is still due
        self.assertEqual(self.http.requests[-1].path, '/actions/configure')
        self.assertEqual(len(self.http.reports), 1)
        self.assertIn('no report within 0.2 seconds', self.lines[-1])

    def test_a_late_answer_is_given_up_and_the_report_sent_again(self):
        self.client.REPORT_TIMEOUT = 0.1
        collector = self.site([{'action': 'configure'}])
        collector.answers.append(self.keep_waiting)
        self.assertEqual(self.run_client(), 0)
        self.assertIn('provisioned', collector.messages('completed'))
        first, second = self.http.reports[:2]
        self.assertEqual(first.body, second.body)

    def test_a_lost_acknowledgement_and_5xx_bring_the_same_numbers_again(self):
        collector = self.site([{'action': 'chatty'}, {'action': 'configure'}])
        collector.answers += [lambda handler, _: handler.cut(), refuse(500), refuse(503)]
        self.assertEqual(self.run_client(), 0)
        bodies = [request.body for request in self.http.reports]
        self.assertEqual(bodies[:3], bodies[1:4])
        events = collector.events()
        self.assertEqual([event['seq'] for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(events[-1]['type'], 'completed')

    def test_a_busy_server_is_left_alone_for_as_long_as_it_asks_but_for_one_try_at_the_end(self):
        self.client.FIRST_REPORT_PAUSE, self.client.REPORT_END_LIMIT = 0.001, 0.5
        self.site([{'action': 'wait'}, {'action': 'configure'}], wait=self.wait_for_report())
        self.http.routes['POST ' + EVENTS] = self.after_arrival(refuse(503, headers={'Retry-After': '3600'}))
        self.assertEqual(self.run_client(), 0)
        self.assertEqual(len(self.http.reports), 2)

    def test_what_a_busy_server_did_not_take_arrives_at_the_end(self):
        collector = self.site([{'action': 'wait'}, {'action': 'configure'}], wait=self.wait_for_report())
        collector.answers.append(self.after_arrival(refuse(503, headers={'Retry-After': '3600'})))
        self.assertEqual(self.run_client(), 0)
        events = collector.events()
        self.assertEqual([event['seq'] for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(events[-1]['type'], 'completed')

    def test_the_end_of_a_run_does_not_make_its_pauses_short_again(self):
        self.client.FIRST_REPORT_PAUSE, self.client.LONGEST_REPORT_PAUSE = 1, 30
        reporter = self.client.Reporter()
        slept = []
        self.client.now = lambda: sum(slept)
        self.client.time = type('Time', (), {'sleep': staticmethod(slept.append)})
        reporter.is_ending = True
        for failures, least in ((1, 0.5), (3, 2), (9, 15)):
            del slept[:]
            reporter.rest(failures, 0, True)
            self.assertGreaterEqual(sum(slept), least)

    def test_answers_that_are_none_change_no_outcome(self):
        self.client.REPORT_END_LIMIT = 0.3
        answers = {
            'no HTTP': lambda handler, _: handler.wfile.write(b'\x00\xff what?\r\n\r\n'),
            'nothing': lambda handler, _: handler.cut(),
            'only 500': refuse(500),
            'garbage': lambda handler, _: handler.send(202, b'\x00\xff{"accepted"', 'application/json'),
            'half an answer': lambda handler, _: handler.send(202, 'x', length=100),
            'a loop': refuse(307, headers={'Location': EVENTS}),
            'elsewhere': refuse(301, headers={'Location': 'http://127.0.0.1:9/'}),
        }
        for name in sorted(answers):
            for last, status in (('configure', 0), ('fail', 1)):
                self.site([{'action': 'wait'}, {'action': last}], wait=self.wait_for_report())
                self.http.routes['POST ' + EVENTS] = self.after_arrival(answers[name])
                self.assertEqual(self.run_client(), status, name)
                startup_config = os.path.join(self.flash_folder, 'startup-config')
                self.assertEqual(os.path.exists(startup_config), status == 0, name)
                for path in (self.arrived, startup_config):
                    self.client.remove(path)

    def test_a_report_that_is_refused_is_dropped_and_the_next_one_sent(self):
        collector = self.site([{'action': 'wait'}, {'action': 'configure'}], wait=self.wait_for_report())
        collector.answers.append(self.after_arrival(refuse(400, 'invalid-body')))
        self.assertEqual(self.run_client(), 0)
        self.assertEqual(collector.messages('completed'), ['provisioned'])
        numbers = [number for request in self.http.reports for number in seqs(request)]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_a_signal_while_a_report_is_under_way_restores_and_ends(self):
        before = snapshot(self.flash_folder)
        mess = '    node.append_startup_config_lines(["hostname new"])\n    time.sleep(600)\n'
        self.site([{'action': 'wait'}], wait=self.wait_for_report(mess))
        self.http.routes['POST ' + EVENTS] = self.keep_waiting
        process = self.start(REPORT_END_LIMIT=0.2)
        wait_until(lambda: b'new' in read_if_there(os.path.join(self.flash_folder, 'startup-config')))
        process.send_signal(signal.SIGTERM)
        out = process.communicate()[0].decode('utf-8')
        self.assertEqual(process.returncode, 1, out)
        self.assertFalse(self.released.is_set())
        self.assertIn('FAILED: stopped by SIGTERM', out)
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_an_action_may_fork_and_run_programs_while_a_report_is_under_way(self):
        work = (
            '    for number in range(20):\n        child = os.fork()\n        if child == 0:\n'
            '            node.log_msg("from a child")\n            os._exit(7)\n'
            '        assert os.waitpid(child, 0)[1] == 7 << 8\n'
            '        assert node.bash_cmds(["exit 3"])[1] == 3\n        node.log_msg("line %d" % number)\n'
            '    node.append_startup_config_lines(["hostname new"])\n'
        )
        self.site([{'action': 'work'}], work=self.wait_for_report(work))
        self.http.routes['POST ' + EVENTS] = self.keep_waiting
        process = self.start(REPORT_TIMEOUT=600, REPORT_END_LIMIT=0.2)
        out = process.communicate()[0].decode('utf-8')
        self.assertEqual(process.returncode, 0, out)
        self.assertIn('line 19', out)
        self.assertEqual(len(self.http.reports), 1)


class Limits(ReportFixture):
    """What is sent at most, and what is never sent."""

    def batches(self, reporter):
        return [
            [json.loads(event.decode('utf-8')) for event in batch] for batch in iter(reporter.next_batch, [])
        ]

    def test_lines_of_the_log_are_left_out_first_and_counted(self):
        self.client.MOST_LINES_WAITING = 3
        reporter = self.client.Reporter()
        for number in range(5):
            reporter.tell('log', self.client.INFO, 'line %d' % number)
        reporter.tell('action-started', self.client.INFO, 'action 1 of 1, x', {'index': 1})
        reporter.tell('log', self.client.INFO, 'line 5')
        reporter.tell('completed', self.client.INFO, 'provisioned')
        (events,) = self.batches(reporter)
        self.assertEqual([event['seq'] for event in events], list(range(1, 8)))
        told = [event['message'] for event in events]
        self.assertEqual(told[:3] + [told[4], told[6]], [
            'line 0', 'line 1', 'line 2', 'action 1 of 1, x', 'provisioned',
        ])  # fmt: skip
        for place, count in ((3, 2), (5, 1)):
            self.assertEqual((events[place]['type'], events[place]['level']), ('log', 'warning'))
            self.assertIn('%d lines of the log are left out here' % count, told[place])

    def test_a_report_has_an_end(self):
        reporter = self.client.Reporter()
        for number in range(250):
            reporter.tell('log', self.client.INFO, 'line')
        self.assertEqual([len(batch) for batch in self.batches(reporter)], [100, 100, 50])
        for _ in range(100):
            reporter.tell('log', self.client.INFO, u'\u2603' * 5000)
        batches = self.batches(reporter)
        self.assertGreater(len(batches), 1)
        self.assertEqual(sum(len(batch) for batch in batches), 100)
        for batch in batches:
            self.assertLess(len(json.dumps(batch)), 256 * 1024)

    def test_the_longest_event_fits_into_a_report(self):
        reporter = self.client.Reporter()
        text = u'\U0001f600' * 5000
        more = {'cause': text, 'message': text, 'action': text, 'index': 1}
        reporter.tell('action-failed', self.client.ERROR, text, more)
        (batch,) = iter(reporter.next_batch, [])
        self.assertLess(len(b''.join(batch)), 256 * 1024 - 500)

    def test_a_long_text_is_cut_with_a_mark(self):
        text = self.client.reportable(u'x' * 5000)
        self.assertEqual(len(text), 4096)
        self.assertTrue(text.endswith('x ... (cut)'))
        self.assertEqual(self.client.reportable(u'x' * 4096), u'x' * 4096)

    def test_what_is_no_text_is_replaced(self):
        reportable = self.client.reportable
        self.assertEqual(reportable(u'a\udcffb\ud800\x1b[2J\x00'), u'a?b??[2J?')
        self.assertEqual(reportable(u'fine \U0001f600\n\tcaf\xe9'), u'fine \U0001f600\n\tcaf\xe9')
        self.assertEqual(reportable(b'caf\xc3\xa9'), u'caf\xe9')
        for length in (4080, 4085, 4090):
            json.dumps(reportable(u'x' * length + u'\U0001f600' * 20)).encode('ascii')

    def test_logins_and_queries_of_urls_stay_on_the_switch(self):
        reportable = self.client.reportable
        self.assertEqual(
            reportable(u'fetched https://joe:pa@ss@host/f.swi?token=abc&x=1 as /mnt/flash/f (1 kB)'),
            u'fetched https://...@host/f.swi?... as /mnt/flash/f (1 kB)',
        )
        self.assertEqual(
            reportable(u"GET http://h/a?t=1: 404 Not Found, see 'ftp://me:x@h/' or mail joe@example.com?"),
            u"GET http://h/a?...: 404 Not Found, see 'ftp://...@h/' or mail joe@example.com?",
        )

    def test_queries_of_relative_urls_and_passwords_with_odd_characters_stay_on_the_switch(self):
        reportable = self.client.reportable
        for text, shown in (
            (u'fetched files/x?token=S as /f', u'fetched files/x?... as /f'),
            (u'fetched x?token=S: 404', u'fetched x?...: 404'),
            (u'get http://u:p/w@h/f now', u'get http://...@h/f now'),
            (u'get http://u:p w/x@h/f', u'get http://...@h/f'),
            (u'at http://h:8080/x, mail joe@h', u'at http://h:8080/x, mail joe@h'),
            (u'at http://h:8080: refused, mail joe@h', u'at http://h:8080: refused, mail joe@h'),
            (u'at http://[fe80::1]:80/x, mail joe@h', u'at http://[fe80::1]:80/x, mail joe@h'),
            (u'and/or? yes (really?)', u'and/or? yes (really?)'),
        ):
            self.assertEqual(reportable(text), shown)

    def test_a_text_of_many_urls_is_looked_through_once(self):
        hidden = []
        hide = self.client.hide_query
        self.client.hide_query = lambda match: (hidden.append(match.group()), hide(match))[1]
        text = u'http://' * 580
        self.assertEqual(self.client.reportable(text), text)
        self.assertEqual(hidden, [text])

    def test_secrets_of_a_refused_command_are_in_no_report(self):
        source = (
            'def main(attributes):\n'
            '    attributes.get("NODE").api_config_cmds(["username admin secret 0 hunter2", "bgp"])\n'
        )
        collector = self.site([{'action': 'cli'}], cli=source)
        self.switch.answers['username admin secret 0 hunter2'] = EapiRefusal("Invalid input (at token 4: 'hunter2')")
        self.assertEqual(self.run_client(), 1)
        text = "command 'username admin secret ...' was refused: Invalid input (at token 4: '...')"
        self.assertEqual(collector.of('action-failed')[0]['data']['cause'], text)
        self.assertNotIn('hunter2', json.dumps(collector.bodies))
        for command, shown in (
            ('snmp-server community s3cret ro', 'snmp-server community ...'),
            ('ntp authentication-key 1 md5 s3cret', 'ntp authentication-key ...'),
            ('enable password s3cret', 'enable password ...'),
            ("command 2 of 3 'enable secret x' failed: no", "command 2 of 3 'enable secret ...' failed: no"),
            ('show version', 'show version'),
        ):
            self.assertEqual(self.client.hide_secret(command), shown)


if __name__ == '__main__':
    unittest.main()
