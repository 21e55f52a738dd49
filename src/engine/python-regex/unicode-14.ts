// The character tables of Unicode 14.0, the version that Python 3.11 knows, so that an expression means the same under
// every Node. Recorded from Python's verdicts on all code points (a test records them again); data only, no logic.

/**
 * Ranges of code points as pairs of base-36 numbers: how far the range's first code point is from the last one of the
 * range before, and how many code points follow the first. What Python's `\w` matches.
 */
export const WORD_RANGES = [
  '1c 9 8 p 5 0 2 p 1c 0 8 1 2 0 4 1 2 2 2 m 2 u 2 cp 5 b f 4 8 0 2 0 3m 4 2 1 3 3 2 0 7 0 2 2 2 0 2',
  'j 2 2a 2 3u 9 4l 2 11 3 0 7 14 20 q 5 3 1a 16 m 9 5 1 2 2q 2 0 g 1 8 e 3 0 h 0 2 t u 2g c 0 f 16 a',
  '1 5 0 6 l 5 0 a 0 4 0 o o 8 a 6 n 2 5 i 15 1n 1h 4 0 j 0 8 9 5 9 2 f 5 7 3 1 3 l 2 6 2 0 4 3 4 0 h',
  '0 e 1 2 2 5 b 3 5 3 0 9 5 5 1 3 l 2 6 2 1 2 1 2 1 w 3 2 0 8 9 3 2 h 8 2 2 2 l 2 6 2 1 2 4 4 0 j 0',
  'g 1 5 9 a 0 c 7 3 1 3 l 2 6 2 1 2 4 4 0 v 1 2 2 5 9 2 6 c 0 2 5 4 2 2 3 4 1 2 0 2 1 4 1 4 2 4 b n',
  '0 m c j 7 2 2 2 m 2 f 4 0 r 2 3 0 3 1 5 9 9 6 2 0 5 7 2 2 2 m 2 9 2 4 4 0 w 1 2 1 5 9 2 1 i 8 2 2',
  '2 14 3 0 h 0 6 2 2 9 5 i 2 5 6 h 4 n 2 8 2 0 3 6 w 9 i 1b 2 1 d 6 a 9 14 1 2 0 2 4 2 n 2 0 2 9 2 1',
  'a 0 3 4 2 0 a 9 3 3 x 0 w j d 7 2 z s 4 38 16 l a 7 5 5 3 4 0 4 1 8 2 5 c d 0 2 9 7 11 2 0 6 0 3',
  '16 2 98 2 3 3 6 2 0 2 3 3 14 2 3 3 w 2 3 3 6 2 0 2 3 3 e 2 1k 2 3 3 1u f j 4 f h 2d 3 5 4 h7 3 g 2',
  'p 6 22 4 a 8 h e i f h f c 2 2 g 1f 10 0 5 0 4 9 7 9 n 9 7 2g 8 4 3 x 2 0 6 1x b u 14 13 3 4 c 17',
  '5 p 7 a 12 m a 1g 18 9 7 9 e 0 2m 1a i 7 4 9 16 t e 1j r z t 9 4 1c 3 8 8 16 3 2 16 3 2 5 2 1 4 0',
  '6 5b 1t 7p 3 5 3 11 3 5 3 7 2 0 2 0 2 0 2 u 3 1g 2 6 2 0 4 2 2 6 4 3 3 5 5 c 6 2 2 6 38 1 3 5 6 a',
  '7 c 2u 0 5 0 3 9 2 0 4 4 7 0 2 0 2 0 2 3 2 a 3 3 6 4 5 0 2 1l k7 1n 27 l hj t vh 6c 7 3 4 1 a 0 3',
  '11 2 0 6 0 3 1j 8 0 h m a 6 2 6 2 6 2 6 2 6 2 6 2 6 2 6 29 0 d2 2 q 8 8 4 3 4 5 2d 7 2 2 2h 2 3 6',
  '16 2 2l 4 3 b v 1d f x 9 v 7 2 e x 9 14 e 8x 533 1t h3g 1w 19 3 7g 4 r l 1a h u 3 27 14 8 3 2u 3',
  '1r 6 1 2 0 2 4 p f 2 2 2 3 2 m e 5 b 1f f 1d t 9 p 5 4 0 2 1 2 11 b m q s 8 1a t a 7 4 2 o 2 14 o',
  '2 2 7 5 9 7 m 4 0 4 1d 2 0 4 1 3 4 3 0 2 0 p 2 3 a 8 2 d 5 3 5 3 5 a 6 2 6 2 16 2 d 7 36 e 9 7 8mb',
  'd m 5 1c 6it a5 3 2x 13 6 d 4 6 0 2 9 2 c 2 4 2 0 2 1 2 1 2 2z y a2 j 1r 3 1h 15 b 39 4 2 3q k 9 8',
  'p 7 p c 2g 4 5 3 5 3 5 3 2 10 b 2 p 2 i 2 1 2 e 3 d z 3e d 18 d 1k i 1 6t s 4 1c h q 5 z a t 6 11',
  'b t 3 z 5 7 2 4 17 4d 3 9 7 z 5 z 5 13 9 1f d a 2 e 2 6 2 1 2 a 2 e 2 6 2 1 1w 8m a l b 7 p 5 2 15',
  '2 8 1y 5 3 0 2 17 2 1 4 0 3 m 3 u 3 11 9 8 1d i 2 1 6 w 5 p 1z 1j 5 j 3 1a g 3 2 2 2 s b 8 o u 2 v',
  'x 7 2 r 7 4 h 1h b l 3 q 6 p o 6 29 20 1k 1e e 1e 8 15 d 9 87 u 2 15 7 1 27 13 9 l c 3 s h 1b r l',
  'm d 1g r t 2 1 3 0 e 18 x o 8 9 a z g 9 5 0 3 0 9 y 4 0 d 1b f 3 c a 2 0 5 j c h 2 o 2d 6 2 0 2 3',
  '2 e 2 9 8 1a i 9 c 7 3 1 3 l 2 6 2 1 2 4 4 0 j 0 d 4 4f 1g j 3 6 9 6 2 v 1b l 1 2 0 9 9 4n 1a 16 3',
  '11 1b l 0 c 9 13 16 e 0 8 9 1j q m b 5 6 56 17 39 2a d 7 3 0 3 7 2 1 2 n g 0 2 0 f 9 1z 7 3 12 h 0',
  '2 0 t 0 b 13 8 0 m 0 c 19 k 0 j 20 7c 8 2 10 i 0 g s 6 t 35 6 2 1 2 11 m 0 a 9 7 5 2 1 2 v f 0 8 9',
  '8n i 5a 0 g k 18 pl 2v 32 i 5f 219 2o g tq 34i g6 6nu fs 8 u 2 9 7 26 2 9 7 t j 1b h 3 d 9 2 6 2 k',
  '6 i j5 2e 2y 22 6 0 1v c 1t 1 2 0 t 4qf 9 yd 17 8 6w8 3 2 6 2 1 2 82 1a 2 i 3 9 az 1s5 2y 6 c 4 8',
  '8 9 4ef j 31 o 3s 2c 2 1y 2 1 3 0 3 1 3 3 2 b 2 0 2 6 2 1s 2 3 3 7 2 6 2 r 2 3 2 4 2 0 4 6 2 9f 3',
  'o 2 o 2 u 2 o 2 u 2 o 2 u 2 o 2 u 2 o 2 7 3 1d 1dt u de 18 b 6 3 9 5 0 8y t j 17 5 9 yv 6 2 3 2 1',
  '2 e 2 5g 3 8 1d 1v 8 0 5 9 m0 1m 2 2 2 3 25 18 2 e 5f 3 2 q 2 1 2 0 3 0 2 9 2 3 2 0 2 0 7 0 5 0 2',
  '0 2 0 2 2 2 1 2 0 3 0 2 0 2 0 2 0 2 0 2 1 2 0 3 3 2 6 2 3 2 3 2 0 2 9 2 g 6 2 2 4 2 g g5 c 25g 9',
  'sn wyn x 37c 8 65 3 4g1 f 5rk 2e8 f1 15v 3t6',
].join(' ');

/** What Python's `\d` matches, written like WORD_RANGES. */
export const DIGIT_RANGES = [
  '1c 9 17r 9 3r 9 5j 9 bh 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 3b 9 2p 9 3b 9 1z 9 7r 9 1z 9',
  '1fr 9 13 9 8d 9 3l 9 4n 9 7 9 53 9 2f 9 3r 9 7 9 r7r 9 iv 9 13 9 5j 9 n 9 2f 9 bb 9 gev 9 13b 9',
  '1on 9 ml 9 3l 9 1p 9 41 9 7r 9 9j 9 3b 9 af 9 2v 9 2v 9 br 9 2v 9 l3 9 6v 9 1z 9 f5j 9 2f 9 3r 9',
  'lf9 1d 1tt 9 br 9 193 9 3o7 9',
].join(' ');

/** What Python's `\s` matches, written like WORD_RANGES. */
export const SPACE_RANGES = ['9 4 f 4 2t 0 r 0 4bk 0 1vk a u 1 6 0 1c 0 335 0'].join(' ');

/**
 * Pairs of characters that are the same to IGNORECASE, as runs `first.distance.count[.step]` in base 36: `first` and
 * `first + distance` are a pair, and so on `count` times, `step` (1 if left out) further each time.
 */
export const CASE_PAIRS = [
  '1t.w.8 22.w.9.2 25.w.3.2 2d.w.3.2 5c.w.g.2 5d.w.2.2 5j.w.8.2 61.w.3.2 67.5vj.1 73.3d.1 74.1.o.2',
  '8i.1.3.2 8p.1.8.2 96.1.n.2 ah.1.3.2 ao.5f.1 ap.5u.1 aq.1.2.2 au.5q.1 av.1.1 ax.5p.2 az.1.1 b2.27.1',
  'b3.5m.1 b4.5n.1 b5.1.1 b7.5p.1 b8.5r.1 b9.2p.1 ba.5v.1 bb.5t.1 bc.1.1 be.4j.1 bg.5v.1 bh.5x.1',
  'bi.3m.1 bj.5y.1 bk.1.3.2 bq.62.1 br.1.1 bt.62.1 bw.1.1 by.62.1 bz.1.1 c1.61.2 c3.1.2.2 c7.63.1',
  'c8.1.1 cc.1.1 cf.1k.1 ct.1.8.2 da.1.9.2 dw.1.1 e0.1.k.2 f6.1.9.2 fu.8bv.1 fv.1.1 fy.8bs.1 fz.8cf.2',
  'g1.1.1 g4.1x.1 g5.1z.1 g6.1.5.2 gg.8bj.1 gh.8bg.1 gi.8bi.1 gs.wnj.1 gx.wnf.1 h1.wmg.1 h2.wn8.1',
  'h6.wn8.1 h7.8af.1 h8.wn5.1 hd.8al.1 hp.89z.1 hu.wn7.1 hz.wmi.1 il.wlx.1 im.wlu.1 og.1.2.2 om.1.1',
  'or.3m.3 ov.38.1 p2.12.1 p4.11.3 p8.1s.1 pa.1r.2 pc.5kz.1 pd.w.2.2 pg.w.2.2 pj.w.1 pn.w.3.2 pq.w.1',
  'pw.w.2 pz.w.2 q2.w.2 q8.5kj.1 r3.8.1 rc.1.c.2 s2.7.1 s7.1.1 sa.1.1 sg.28.g sw.w.2 sz.w.7.2',
  't2.w.4.2 tc.w.1 tf.w.7 tn.w.5 v4.1.1 v8.1.f.2 wa.1.r.2 xs.f.1 xt.1.7.2 y8.1.1c.2 10x.1c.12',
  '3a8.5ls.12 3bb.5ls.1 3bh.5ls.1 3bk.2bk.17 3ct.2bk.3 3vk.tzk.28 3xs.8.6 5tl.r9g.1 5tp.2xy.1',
  '5u6.raw.1 5xc.1.1c.2 602.1.q.2 61s.1.1c.2 64g.8.8 64w.8.6 65c.8.8 65s.8.8 668.8.6 66p.8.4.2',
  '674.8.8 67k.22.2 67m.2e.4 67q.2s.2 67s.3k.2 67u.34.2 67w.3i.2 680.8.8 68g.8.8 68w.8.8 69c.8.2',
  '69f.9.1 69v.9.1 6a8.8.2 6ao.8.2 6at.7.1 6b7.9.1 6k2.s.1 6lc.g.g 6mb.1.1 792.q.q 8ow.1c.1c 8rk.1.1',
  '8rr.1.3.2 8s2.1.1 8s5.1.1 8sg.1.1e.2 8vf.1.2.2 8vm.1.1 wu8.1.5.2 wuk.1.h.2 ww0.1.e.2 x0i.1.7.2',
  'x0y.1.v.2 x2x.1.2.2 x32.1.5.2 x3f.1.1 x3k.1.2.2 x3o.1c.1 x3q.1.a.2 x4j.ps.1 x4k.1.8.2 x53.1.2.2',
  'x5c.1.1 x5i.1.2.2 x6d.1.1 1dl1.1.1 1ee9.w.q 1fcw.14.14 1fhs.14.10 1fn4.13.j.2 1fn5.13.5.2',
  '1fnh.13.7.2 1fnx.13.3.2 1fo5.13.1 1h1c.1s.1f 1jfk.w.w 20cg.w.w 2olc.y.y',
].join(' ');

/** Three and more characters that are the same to IGNORECASE: code points in base 36. */
export const CASE_GROUPS = [
  '21.2x.8g.8h 23.2z.6ju 2b.37.an 51.po.qk 5h.6d.6jv ck.cl.cm cn.co.cp cq.cr.cs dt.du.dv n9.pl.qh.69q',
  'pe.qa.r4 ph.qd.s5 pk.qg.r5.s4 pm.qi.s0 ps.qo.ra pt.qp.s1 pv.qq.qr py.qu.r9 q1.qx.6jq sy.tu.5mo',
  't0.tw.5mp ta.u6.5mq td.u9.5mr te.ua.5ms.5mt tm.ui.5mu v6.v7.5mv 5mw.wui.wuj 600.601.61n',
].join(' ');
